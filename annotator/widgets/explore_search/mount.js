// Runs when Gradio puts the widget on the page: the search itself is an ordinary ES module.
import("/widgets/explore_search/search.js").then((search) => search.mount(element.querySelector(".find")));
