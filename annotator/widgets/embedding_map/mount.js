// Runs when Gradio puts the widget on the page: the map itself is an ordinary ES module.
import("/widgets/embedding_map/map.js").then((map) => map.mount(element.querySelector(".emap")));
