"""The script by which a highlighter's connector takes a question and its context."""

from __future__ import annotations

# `_search` hands a single question and context to this script as they are; what goes in as `parameters` passes it by.
# The blueprint's script puts them between quotes, so a quotation mark or a line end in a document fails the search.
# - JSON has no raw control characters: line ends and tabs are escaped, the others become spaces, so that offsets hold.
# - ML Commons does not escape a text that is valid JSON itself: the zero-width space behind the text prevents that. The
#   handler never marks it.
# - ML Commons puts its own values for `${parameters.…}` in a text: the brace becomes a parenthesis of the same length.
QUESTION_AND_CONTEXT = r"""
String quoted(String text) {
  StringBuilder json = new StringBuilder("\"");
  for (int i = 0; i < text.length(); i++) {
    char c = text.charAt(i);
    if (c == (char)34 || c == (char)92) { json.append((char)92).append(c); }
    else if (c == (char)10) { json.append("\\n"); }
    else if (c == (char)13) { json.append("\\r"); }
    else if (c == (char)9) { json.append("\\t"); }
    else if (c < (char)32) { json.append(" "); }
    else { json.append(c); }
  }
  return json.append((char)8203).append("\"").toString();
}
String safe(String text) { return quoted(text.replace("$" + "{", "$(")); }
if (params.question == null || params.context == null) {
  throw new IllegalArgumentException("Give question and context.");
}
return '{"parameters":{"question":' + safe(params.question) + ',"context":' + safe(params.context) + '}}';
""".strip()
