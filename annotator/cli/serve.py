"""`mmvp serve`: the app on a workspace that is there."""

from typing import TYPE_CHECKING

from annotator.cli import options
from annotator.cli.output import guarded, heading
from annotator.cli.queue import Overlap

if TYPE_CHECKING:
    from annotator.studio import Studio


@guarded
def serve(
    workspace: options.Workspace = None,
    host: options.Host = None,
    port: options.Port = None,
    public_host: options.PublicHost = None,
    behind_proxy: options.BehindProxy = None,
    overlap: Overlap = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Open the app in the browser: review, write, follow progress, explore, export."""
    settings = options.settings_for(
        workspace, database_url, host, port, public_hosts=public_host, behind_proxy=behind_proxy
    )
    with options.open_studio(settings) as studio:
        if overlap is not None:
            _want(studio, overlap)
        run_server(studio)


def _want(studio: "Studio", overlap: int) -> None:
    """So many annotations for each pair, from now on."""
    from annotator.queueing import update_policy

    update_policy(studio, overlap=overlap)


def run_server(studio: "Studio") -> None:
    """Serves until Ctrl-C, which here is the ordinary way to stop."""
    from annotator.guard import check_reach, listen
    from annotator.server import serve as serve_studio
    from db.accounts import has_accounts

    host = studio.settings.host
    check_reach(studio.settings, accounts=has_accounts(studio.database))
    with listen(host, studio.settings.port) as listener:
        heading(f"Serve http://{host}:{listener.getsockname()[1]} (Ctrl-C stops)")
        serve_studio(studio, listener)


def check_address(studio: "Studio") -> None:
    """Fails now rather than after hours of other steps if the app cannot be served then."""
    from annotator.guard import check_reach, listen
    from db.accounts import has_accounts

    check_reach(studio.settings, accounts=has_accounts(studio.database))
    listen(studio.settings.host, studio.settings.port).close()
