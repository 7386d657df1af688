"""The tables of types and fields against the lists of the manuals of BibTeX and BibLaTeX and the schema of CSL."""

from __future__ import annotations

from refs.formats import bibfields as tables
from refs.model import DATE_VARIABLES, NAME_VARIABLES, TEXT_VARIABLES, TYPES

# BibTeX, section 3.1; BibLaTeX, sections 2.1.1 to 2.1.3
BIBTEX = """article book booklet conference inbook incollection inproceedings manual mastersthesis misc phdthesis
    proceedings techreport unpublished"""
BIBLATEX = """article book mvbook inbook bookinbook suppbook booklet collection mvcollection incollection suppcollection
    dataset manual misc online patent periodical suppperiodical proceedings mvproceedings inproceedings reference
    mvreference inreference report software thesis unpublished artwork audio bibnote commentary image jurisdiction
    legislation legal letter movie music performance review standard video conference electronic mastersthesis
    phdthesis techreport www"""


def test_every_entry_type_has_a_csl_type() -> None:
    assert set(BIBTEX.split()) == tables.CLASSIC_TYPES
    assert set(BIBLATEX.split()) <= tables.BIBLATEX_TYPES
    assert set(BIBTEX.split()) | set(BIBLATEX.split()) <= tables.CSL_TYPES.keys()
    assert set(tables.CSL_TYPES.values()) <= TYPES


def test_every_csl_type_has_an_entry_type_in_either_dialect() -> None:
    assert tables.BIB_TYPES.keys() == TYPES
    for bibtex, biblatex in tables.BIB_TYPES.values():
        assert bibtex in tables.CLASSIC_TYPES
        assert biblatex in tables.BIBLATEX_TYPES


def test_fields_become_variables_of_their_kind() -> None:
    assert set(tables.VARIABLES.values()) <= TEXT_VARIABLES
    assert set(tables.DATES.values()) <= DATE_VARIABLES
    assert set(tables.NAMES.values()) | set(tables.EDITOR_TYPES.values()) <= NAME_VARIABLES
    assert set(tables.EPRINTS.values()) <= TEXT_VARIABLES


def test_no_alias_leads_to_another_and_no_field_is_written_twice() -> None:
    assert not set(tables.ALIASES.values()) & tables.ALIASES.keys()
    for table in (tables.VARIABLES, tables.DATES, tables.NAMES):
        assert len(set(table.values())) == len(table)
    assert len(set(tables.ORDER)) == len(tables.ORDER)


def test_biber_renames_fields_between_types_that_there_are() -> None:
    for parents, children, _ in tables.INHERITANCE:
        assert set(parents.split()) | set(children.split()) <= tables.CSL_TYPES.keys()
