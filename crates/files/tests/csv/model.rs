//! CSV line by line, as simply as it can be said; and the same rows as NDJSON.

/// What is found in a file: rows with their lines, lines that are none with their reasons, and how many lines there are.
#[derive(Debug, Default)]
pub struct Model {
    pub header: Vec<String>,
    pub rows: Vec<(u64, Vec<String>)>,
    pub bad: Vec<(u64, String)>,
}

const UNCLOSED: &str = "a quote is never closed";
const TEXT_FOLLOWS: &str = "text follows a closing quote";

enum Scan {
    Record(Vec<String>),
    Open,
    Fails,
}

/// A header of plain names, then records.
pub fn model(text: &str, delimiter: char) -> Model {
    let mut lines: Vec<&str> = text.split('\n').collect();
    if lines.last() == Some(&"") {
        lines.pop();
    }
    let mut found = Model::default();
    let mut at = 0;
    while at < lines.len() {
        if ["", "\r"].contains(&lines[at]) {
            at += 1;
            continue;
        }
        let mut used = 1;
        let reason = loop {
            match scan(&lines[at..at + used].join("\n"), delimiter) {
                Scan::Record(fields) => {
                    take(&mut found, at as u64 + 1, fields);
                    break None;
                }
                Scan::Fails => break Some(TEXT_FOLLOWS),
                Scan::Open if used == 1000 || at + used == lines.len() => break Some(UNCLOSED),
                Scan::Open => used += 1,
            }
        };
        if let Some(reason) = reason {
            found.bad.push((at as u64 + 1, reason.to_owned()));
            used = 1;
        }
        at += used;
    }
    found
}

fn take(found: &mut Model, line: u64, fields: Vec<String>) {
    let width = found.header.len();
    if width == 0 {
        found.header = fields;
    } else if fields.len() == width {
        found.rows.push((line, fields));
    } else {
        found.bad.push((line, format!("{width} fields expected, {} found", fields.len())));
    }
}

fn scan(record: &str, delimiter: char) -> Scan {
    let mut fields = Vec::new();
    let mut rest = record;
    loop {
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut field = String::new();
            let mut inner = quoted;
            rest = loop {
                let Some((before, behind)) = inner.split_once('"') else { return Scan::Open };
                field.push_str(before);
                match behind.strip_prefix('"') {
                    Some(more) => {
                        field.push('"');
                        inner = more;
                    }
                    None => break behind,
                }
            };
            fields.push(field);
            if rest.is_empty() || rest == "\r" {
                return Scan::Record(fields);
            }
            let Some(next) = rest.strip_prefix(delimiter) else { return Scan::Fails };
            rest = next;
        } else if let Some((field, next)) = rest.split_once(delimiter) {
            fields.push(field.to_owned());
            rest = next;
        } else {
            fields.push(rest.strip_suffix('\r').unwrap_or(rest).to_owned());
            return Scan::Record(fields);
        }
    }
}

/// A field as JSON.
pub fn json(field: &str) -> String {
    let number = field.trim_matches(' ');
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let number = if digits.starts_with('.') { format!("{sign}0{digits}") } else { number.to_owned() };
    let is_whole = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if field.is_empty() {
        "null".to_owned()
    } else if ["true", "True", "TRUE"].contains(&field.trim()) {
        "true".to_owned()
    } else if ["false", "False", "FALSE"].contains(&field.trim()) {
        "false".to_owned()
    } else if serde_json::from_str::<serde_json::Number>(&number).is_ok()
        && (!is_whole || number.parse::<i64>().is_ok())
        && !number.starts_with(['\t', '\r', '\n'])
        && !number.ends_with(['\t', '\r', '\n'])
    {
        if is_whole { number.parse::<i64>().unwrap().to_string() } else { number }
    } else {
        serde_json::Value::from(field).to_string()
    }
}

impl Model {
    /// The rows, an object a line.
    pub fn ndjson(&self) -> String {
        let line = |(_, fields): &(u64, Vec<String>)| {
            let named = self.header.iter().zip(fields);
            let members: Vec<String> = named
                .map(|(name, field)| format!("{}:{}", serde_json::Value::from(name.trim()), json(field)))
                .collect();
            format!("{{{}}}\n", members.join(","))
        };
        self.rows.iter().map(line).collect()
    }
}
