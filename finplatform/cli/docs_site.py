"""`finplatform docs --site`: the documents as pages that open without a server or a network.

Belongs here: running MkDocs and dbt's own documentation. Does not belong here: what becomes of a
page (see `finplatform.documentation.site`).
"""

import shutil
from pathlib import Path

from finplatform.documentation.site import navigation, page, page_path
from finplatform.errors import FinplatformError
from finplatform.settings import PROJECT_ROOT, Settings
from finplatform.warehouse.dbt import write_dbt_site

SITE = PROJECT_ROOT / "site"
CONFIGURATION = PROJECT_ROOT / "mkdocs.yml"
ASSETS = PROJECT_ROOT / "finplatform" / "documentation" / "assets"


def build(settings: Settings, site: Path = SITE) -> Path:
    """Builds the site; a link that leads nowhere is an error.

    Args:
        settings: Settings with the folder of intermediate files.
        site: Folder of the site, which is replaced.

    Returns:
        Its first page.

    Raises:
        FinplatformError: If MkDocs is not installed, or a page or dbt's documentation is broken.
    """
    try:
        from mkdocs.commands.build import build as build_pages
        from mkdocs.config import load_config
        from mkdocs.exceptions import MkDocsException
    except ImportError as error:
        raise FinplatformError(
            "MkDocs is not installed.", "`make docs` installs it; or: pip install -e .[docs]."
        ) from error
    pages = settings.home / "documents"
    documents = write_pages(pages)
    try:
        config = load_config(
            str(CONFIGURATION),
            docs_dir=str(pages),
            site_dir=str(site),
            nav=navigation(documents),
            strict=True,
        )
        config.plugins.on_startup(command="build", dirty=False)
        build_pages(config)
        config.plugins.on_shutdown()
    except MkDocsException as error:
        raise FinplatformError(f"The site could not be built: {error}") from error
    write_dbt_site(settings, site / "dbt" / "index.html")
    return site / "index.html"


def write_pages(folder: Path) -> list[str]:
    """Writes the site's pages into an empty folder.

    Returns:
        The documents that they are made of.
    """
    shutil.rmtree(folder, ignore_errors=True)
    documents = sorted(
        path.relative_to(PROJECT_ROOT).as_posix()
        for pattern in (
            "README.md",
            "CHANGELOG.md",
            "docs/**/*.md",
            "benchmarks/*.md",
            "examples/*/*.md",
        )
        for path in PROJECT_ROOT.glob(pattern)
    )
    for document in documents:
        target = folder / page_path(document)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (PROJECT_ROOT / document).read_text(encoding="utf-8")
        target.write_text(page(document, text, documents), encoding="utf-8")
    shutil.copytree(PROJECT_ROOT / "docs" / "images", folder / "images")
    for asset in ASSETS.iterdir():
        shutil.copyfile(asset, folder / asset.name)
    return documents
