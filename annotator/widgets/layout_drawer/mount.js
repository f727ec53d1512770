// Runs when Gradio puts the widget on the page: the drawer itself is an ordinary ES module.
import("/widgets/layout_drawer/drawer.js").then((drawer) => drawer.mount(element.querySelector(".lay")));
