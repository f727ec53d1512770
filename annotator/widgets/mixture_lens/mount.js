// Runs when Gradio puts the widget on the page: the lens itself is an ordinary ES module.
import("/widgets/mixture_lens/lens.js").then((lens) => lens.mount(element.querySelector(".mix")));
