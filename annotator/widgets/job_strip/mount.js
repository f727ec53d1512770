// Runs when Gradio puts the widget on the page: the strip itself is an ordinary ES module.
import("/widgets/job_strip/strip.js").then((strip) => strip.mount(element.querySelector(".jobs")));
