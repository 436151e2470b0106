use ibc::diagnostic::Diagnostic;
use ibc::source::SourceMap;
pub enum Colors {
    On,
}
pub fn render_human<'a>(sources: &SourceMap, found: impl IntoIterator<Item = &'a Diagnostic>, _: Colors) -> String {
    found
        .into_iter()
        .map(|d| {
            let s = sources.source(d.labels[0].source);
            let (l, c) = s.line_column(d.labels[0].span.start);
            format!("error[{}]: {}\n  --> {}:{l}:{c}\n help: {:?}", d.code.as_str(), d.message, s.name(), d.help)
        })
        .collect()
}
pub fn render_json<'a>(_: &SourceMap, _: impl IntoIterator<Item = &'a Diagnostic>) -> String {
    "[]".into()
}
