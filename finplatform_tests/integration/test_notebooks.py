"""The notebooks run from top to bottom on a bank, and are kept without what a run leaves."""

from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from finplatform.settings import PROJECT_ROOT
from finplatform_tests.integration.bank import BuiltBank

FOLDER = PROJECT_ROOT / "notebooks"
NAMES = ("customer_segmentation", "data_exploration", "performance_analysis", "risk_analysis")


def read(name: str) -> NotebookNode:
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def test_the_notebooks_of_the_requirements_are_there() -> None:
    assert tuple(sorted(path.stem for path in FOLDER.glob("*.ipynb"))) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_holds_no_output(name: str) -> None:
    for cell in read(name).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_and_its_script_are_in_step(name: str) -> None:
    script = jupytext.read(FOLDER / f"{name}.py")
    cells = [(cell.cell_type, cell.source) for cell in read(name).cells]
    assert cells == [(cell.cell_type, cell.source) for cell in script.cells]
    assert sum(kind == "code" for kind, _ in cells) in range(8, 16)


@pytest.mark.integration
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_and_concludes(
    built_bank: BuiltBank, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    for variable, value in built_bank.environment.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    notebook = read(name)
    NotebookClient(
        notebook, kernel_name="python3", resources={"metadata": {"path": FOLDER}}
    ).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    errors = [o for cell in code for o in cell.outputs if o.output_type == "error"]
    charts = [
        output.data["application/vnd.plotly.v1+json"]
        for cell in code
        for output in cell.outputs
        if "application/vnd.plotly.v1+json" in output.get("data", {})
    ]
    assert errors == []
    assert len(charts) >= 4
    assert all(chart["layout"]["title"]["text"] and chart["data"] for chart in charts)
    conclusion = code[-1].outputs[-1].data["text/markdown"]
    assert conclusion.count("\n*") + conclusion.startswith("*") >= 3
    assert "nan" not in conclusion.lower()
