"""Plain HTTP routes beside the Gradio pages; each module has `router(studio)`."""

from annotator.routes import exports, identity, images, maps, review

ROUTERS = (identity.router, images.router, review.router, maps.router, exports.router)
