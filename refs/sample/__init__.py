"""The sample registry of `refs demo`: fifteen well-known works in the shapes in which registries send them.

The records were written for refs from public facts; each says that it is a sample, and none claims to be complete.
"""

from __future__ import annotations

from pathlib import Path

DIRECTORY = Path(__file__).parent
PAPER = DIRECTORY / "paper.tex"
WORKS = DIRECTORY / "works.json"  # five kinds of work in CSL-JSON, to show styles with
IDENTIFIERS = (
    "10.24833/2071-8160-2023-6-93-37-68",
    "https://doi.org/10.1038/171737a0",
    "doi:10.1007/BF01303701",
    "10.1016/S0140-6736(97)11096-0",
    "10.4159/9780674369542",
    "10.1017/CBO9780511808098.004",
    "10.1109/CVPR.2016.90",
    "10.6028/NIST.SP.800-207",
    "10.1109/IEEESTD.2019.8766229",
    "10.3367/UFNr.0092.196707d.0517",
    "10.1360/csb1977-22-3-142",
    "10.5195/jwsr.2000.228",
    "10.3929/ethz-a-000565688",
    "10.24432/C56C76",
    "arXiv:1706.03762",
)
"""What the demonstration adds, in the forms in which people write identifiers."""
