// Runs when Gradio puts the widget on the page: the view itself is an ordinary ES module.
import("/widgets/why_view/view.js").then((view) => view.mount(element.querySelector(".why")));
