// Runs when Gradio puts the widget on the page: the matrix itself is an ordinary ES module.
import("/widgets/encoder_matrix/matrix.js").then((module) => module.mount(element.querySelector(".em")));
