"""`mmvp serve`: the app on a workspace that is there."""

from typing import TYPE_CHECKING

from annotator.cli import options
from annotator.cli.output import guarded, heading

if TYPE_CHECKING:
    from annotator.studio import Studio


@guarded
def serve(
    workspace: options.Workspace = None,
    host: options.Host = None,
    port: options.Port = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Open the app in the browser: review, write, follow progress, explore, export."""
    with options.open_studio(options.settings_for(workspace, database_url, host, port)) as studio:
        run_server(studio)


def run_server(studio: "Studio") -> None:
    """Serves until Ctrl-C, which here is the ordinary way to stop."""
    from annotator.server import serve as serve_studio

    host, port = studio.settings.host, studio.settings.port
    heading(f"Serve http://{host}:{port} (Ctrl-C stops)")
    serve_studio(studio, host, port)
