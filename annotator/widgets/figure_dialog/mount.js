// Runs when Gradio puts the widget on the page: the dialog itself is an ordinary ES module.
import("/widgets/figure_dialog/dialog.js").then((module) => module.mount(element.querySelector(".fd"), props.plotly));
