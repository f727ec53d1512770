// Runs when Gradio puts the widget on the page: the panel itself is an ordinary ES module.
import("/widgets/neighbors_panel/neighbors.js").then((panel) => panel.mount(element.querySelector(".near")));
