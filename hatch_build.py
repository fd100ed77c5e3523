"""Builds `runtime/compiled` beside the Python text: for a wheel, or in place for an editable installation.

It is optional. Without a C compiler or the headers of Python the package is built without it, and computes with
numpy alone.
"""

from __future__ import annotations

import shutil
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = Path("runtime") / "compiled"
MODULE = "_planes"


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the compiled module where the target takes it from."""

    _made: tempfile.TemporaryDirectory[str]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compiles; says in one line what is missing where that is not possible."""
        self._made = tempfile.TemporaryDirectory(prefix="cloister-")
        folder = Path(self.root) / FOLDER
        try:
            built = compiled(folder, Path(self._made.name))
        except Exception as error:  # whatever is wrong with a compiler is no reason not to install
            self.app.display_warning(f"no compiled kernels ({_reason(error)}): cloister computes with numpy alone")
            return
        if version == "editable":
            shutil.copy2(built, folder / f"{built.name}.new")  # and renamed: a process may have the old one loaded
            (folder / f"{built.name}.new").replace(folder / built.name)
            return
        build_data["pure_python"] = False
        build_data["force_include"][str(built)] = f"cloister/{(FOLDER / built.name).as_posix()}"
        if ".abi3." in built.name:  # one wheel for this Python and all later ones
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["tag"] = f"cp311-abi3-{platform}"
        else:
            build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """The wheel is written: what it was made from goes."""
        self._made.cleanup()


def compiled(folder: Path, into: Path) -> Path:
    """The module of `folder`, compiled in the folder `into`. Raises whatever stands in the way."""
    from cffi import FFI

    ffi = FFI()
    ffi.cdef((folder / "planes.h").read_text(encoding="utf-8"))
    ffi.set_source(MODULE, '#include "planes.c"', include_dirs=[str(folder)], extra_compile_args=["-O3"],
                   py_limited_api=not sysconfig.get_config_var("Py_GIL_DISABLED"))
    return Path(ffi.compile(tmpdir=str(into)))


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
