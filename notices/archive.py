"""Files for long keeping: a finished paper with what PDF/A-2 asks for beyond it, drawn exactly as before.

Fonts are embedded and mapped to Unicode already. Added are an output intent with its colour profile and the metadata
that declare the conformance; nothing here certifies it.
"""

from __future__ import annotations

import io
from functools import cache

import pikepdf
from PIL import ImageCms

_DATE_OF_PROFILE = slice(24, 36)  # of the header (ICC.1, 7.2): the moment of making, which would change the hash
_FIXED_DATE = b"\x07\xd0\x00\x01\x00\x01\x00\x00\x00\x00\x00\x00"  # 2000-01-01
_EXTENSION = """
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
  xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
 <pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
  <pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
  <pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
  <pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
  <pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
   <pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
   <pdfaProperty:category>internal</pdfaProperty:category>
   <pdfaProperty:description>Indicates which part of ISO 14289 is followed</pdfaProperty:description>
  </rdf:li></rdf:Seq></pdfaSchema:property>
 </rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
</rdf:RDF>"""  # PDF/A wants every schema of its metadata described (ISO 19005-2, 6.6.2.3)


def for_keeping(pdf: bytes) -> bytes:
    """Return a finished paper as PDF/A-2u, as far as can be declared; equal files give equal files."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        profile = document.make_stream(_profile())
        profile.N = 3
        profile.Alternate = pikepdf.Name.DeviceRGB
        document.Root.OutputIntents = pikepdf.Array(
            [
                document.make_indirect(
                    pikepdf.Dictionary(
                        Type=pikepdf.Name.OutputIntent,
                        S=pikepdf.Name.GTS_PDFA1,
                        OutputConditionIdentifier="sRGB IEC61966-2.1",
                        Info="sRGB IEC61966-2.1",
                        DestOutputProfile=profile,
                    )
                )
            ]
        )
        with document.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata.load_from_docinfo(document.docinfo)
            metadata["pdfaid:part"] = "2"
            metadata["pdfaid:conformance"] = "U"
        told = document.Root.Metadata.read_bytes().decode()
        document.Root.Metadata = document.make_stream(
            told.replace("</rdf:RDF>", _EXTENSION).encode(), Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML
        )
        document.save(
            out,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            compress_streams=True,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )
    return out.getvalue()


@cache
def _profile() -> bytes:
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data[_DATE_OF_PROFILE] = _FIXED_DATE
    return bytes(data)
