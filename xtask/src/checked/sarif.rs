// SPDX-License-Identifier: GPL-2.0-only
//! SARIF 2.1.0: one run, its rules, a result for each finding. What was allowed
//! is in it as suppressed.

use checks::{Certainty, Diagnostic, Level};
use serde_json::{Value, json};

/// What closes the document.
pub const FOOT: &str = "\n]}]}\n";

/// The document up to its first result.
pub fn head() -> String {
    let driver = json!({
        "name": "kernel-series",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": checks::RULES.iter().map(|rule| json!({
            "id": rule.name,
            "shortDescription": {"text": rule.section("What it does")},
            "fullDescription": {"text": rule.section("Why")},
            "help": {"text": rule.documentation(), "markdown": rule.documentation()},
            "properties": {"precision": precision(rule.certainty)},
        })).collect::<Vec<Value>>(),
    });
    format!(
        "{{\"$schema\":\"https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json\",\"version\":\"2.1.0\",\
         \"runs\":[{{\"tool\":{{\"driver\":{driver}}},\"columnKind\":\"unicodeCodePoints\",\"results\":[\n"
    )
}

/// A finding; with a reason if it was allowed.
pub fn result(name: &str, found: &Diagnostic, allowed: Option<&str>) -> String {
    let whole = json!({"startLine": found.line.max(1), "snippet": {"text": found.source}});
    let mut physical = json!({"artifactLocation": {"uri": uri(name)}, "region": whole});
    if let (Some(columns), Some(place)) = (found.columns(), &found.place) {
        physical["region"] = json!({
            "startLine": found.line.max(1),
            "startColumn": columns.start,
            "endColumn": columns.end,
            "snippet": {"text": found.source[place.clone()]},
        });
        physical["contextRegion"] = whole;
    }
    let mut location = json!({"physicalLocation": physical});
    if found.file_line > 0 {
        location["logicalLocations"] =
            json!([{"fullyQualifiedName": format!("{}:{}", found.file, found.file_line)}]);
    }
    let mut result = json!({
        "ruleId": found.kind,
        "level": match found.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Check => "note",
        },
        "message": {"text": found.message},
        "locations": [location],
    });
    if let Some(index) = checks::RULES
        .iter()
        .position(|rule| rule.name == found.kind)
    {
        result["ruleIndex"] = json!(index);
    }
    if let Some(reason) = allowed {
        result["suppressions"] = json!([{"kind": "inSource", "justification": reason}]);
    }
    result.to_string()
}

/// The words that code scanning has for it.
fn precision(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Sure => "very-high",
        Certainty::Likely => "high",
        Certainty::Guess => "low",
    }
}

/// A file name as a relative reference.
fn uri(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~+".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
