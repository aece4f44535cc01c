"""Build of the wheel, with the files outside the package that the platform reads.

In a checkout the dbt project and the source configuration stand at the root; a wheel has them in
`finplatform/project`, where `finplatform.settings` finds them.
Everything else is in pyproject.toml.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
PARTS = ("dbt_project", "sources.yaml")
LEFT_OUT = shutil.ignore_patterns("target", "logs", "dbt_packages", ".user.yml", "__pycache__")


class BuildWithProject(build_py):
    """Copies the package, and then the project's files into it."""

    def run(self) -> None:
        """Copies; an editable install finds the files where they are."""
        super().run()
        if self.editable_mode:
            return
        project = Path(self.build_lib) / "finplatform" / "project"
        shutil.rmtree(project, ignore_errors=True)
        project.mkdir(parents=True)
        for part in PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, project / part, ignore=LEFT_OUT)
            else:
                shutil.copyfile(ROOT / part, project / part)


setup(cmdclass={"build_py": BuildWithProject})
