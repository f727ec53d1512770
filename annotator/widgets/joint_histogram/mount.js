// Runs when Gradio puts the widget on the page: the histogram itself is an ordinary ES module.
import("/widgets/joint_histogram/histogram.js").then((module) => module.mount(element.querySelector(".jh")));
