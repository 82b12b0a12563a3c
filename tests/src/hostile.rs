//! Strings that mean something to whatever shows them: every one has to come out of a report as the text that it is.
//!
//! A payload that runs says so: it sets `window.__pwned`. Addresses end in `.invalid`, which no resolver knows.

/// How many there are.
pub const COUNT: usize = 200;

/// All of them, each once.
pub fn strings() -> Vec<String> {
    let groups = [SCRIPTS, HANDLERS, SVG, URLS, BREAKOUTS, TEMPLATES, ENTITIES, CONTROLS, UNICODE];
    let more = [STYLES, MARKDOWN, XML, WORKFLOWS, FORMULAS, PATHS, JSON, SHELL];
    let written = groups.iter().chain(&more).copied().flatten();
    written.map(|text| (*text).to_owned()).chain(long()).collect()
}

/// Those too long to be written.
fn long() -> [String; 6] {
    [
        "W".repeat(10_000),
        "<b>".repeat(1_000),
        "&amp;".repeat(500),
        "\u{5d0}\u{5d1}\u{5d2}".repeat(400),
        format!("e{}", "\u{301}".repeat(200)),
        format!("{}<script>window.__pwned=1</script>", "[".repeat(500)),
    ]
}

const SCRIPTS: &[&str] = &[
    "<script>window.__pwned=1</script>",
    "<SCRIPT>window.__pwned=1</SCRIPT>",
    "<ScRiPt>window.__pwned=1</sCrIpT>",
    "<script >window.__pwned=1</script >",
    "<script\t>window.__pwned=1</script\t>",
    "<script/x>window.__pwned=1</script>",
    "<scr<script>ipt>window.__pwned=1</scr</script>ipt>",
    "<script src=https://hostile.invalid/x.js></script>",
    "<script src=\"data:text/javascript,window.__pwned=1\"></script>",
    "<script type=module>window.__pwned=1</script>",
    "<script>window.__pwned=1",
    "</script><script>window.__pwned=1</script>",
    "</SCRIPT ><img src=x onerror=window.__pwned=1>",
    "<!--<script>window.__pwned=1</script>",
    "<noscript><p title=\"</noscript><img src=x onerror=window.__pwned=1>\">",
    "\u{ff1c}script\u{ff1e}window.__pwned=1\u{ff1c}/script\u{ff1e}",
];

const HANDLERS: &[&str] = &[
    "<img src=x onerror=window.__pwned=1>",
    "<img src=x onerror=\"window.__pwned=1\">",
    "<IMG SRC=x ONERROR='window.__pwned=1'>",
    "<img/src=x/onerror=window.__pwned=1>",
    "<img src=`x` onerror=`window.__pwned=1`>",
    "<body onload=window.__pwned=1>",
    "<input autofocus onfocus=window.__pwned=1>",
    "<details open ontoggle=window.__pwned=1><summary>x</summary></details>",
    "<video src=x onerror=window.__pwned=1></video>",
    "<video><source onerror=window.__pwned=1></video>",
    "<marquee onstart=window.__pwned=1>x</marquee>",
    "<iframe onload=window.__pwned=1></iframe>",
    "<object data=x onerror=window.__pwned=1></object>",
    "<style onload=window.__pwned=1></style>",
    "<link rel=stylesheet href=data:text/css, onload=window.__pwned=1>",
    "<div style=animation-name:x onanimationstart=window.__pwned=1></div>",
    "<button popovertarget=x onclick=window.__pwned=1>x</button>",
];

const SVG: &[&str] = &[
    "<svg onload=window.__pwned=1>",
    "<svg/onload=window.__pwned=1>",
    "<svg><script>window.__pwned=1</script></svg>",
    "<svg><script>window.__pwned&#61;1</script></svg>",
    "<svg><animate onbegin=window.__pwned=1 attributeName=x dur=1s></svg>",
    "<svg><set attributeName=onload to=window.__pwned=1></svg>",
    "<svg><foreignObject><iframe srcdoc='<script>parent.__pwned=1</script>'></iframe></foreignObject></svg>",
    "</text></svg><script>window.__pwned=1</script>",
    "</title></svg><img src=x onerror=window.__pwned=1>",
    "<svg><use href=\"data:image/svg+xml,<svg id='x' onload='window.__pwned=1'/>#x\"/></svg>",
    "<svg><a xlink:href=\"javascript:window.__pwned=1\"><text>x</text></a></svg>",
    "<math><mi xlink:href=\"javascript:window.__pwned=1\">x</mi></math>",
    "<math><mtext><table><mglyph><style><img src=x onerror=window.__pwned=1></style></mglyph></table></mtext></math>",
    "\" fill=\"url(https://hostile.invalid/#x)\" onload=\"window.__pwned=1",
];

const URLS: &[&str] = &[
    "javascript:window.__pwned=1",
    "JaVaScRiPt:window.__pwned=1",
    "java\tscript:window.__pwned=1",
    "java\nscript:window.__pwned=1",
    "\u{1}javascript:window.__pwned=1",
    "javascript&colon;window.__pwned=1",
    "javascript:/*--></title></style></textarea></script><svg onload=window.__pwned=1>//",
    "vbscript:window.__pwned=1",
    "data:text/html,<script>window.__pwned=1</script>",
    "data:text/html;base64,PHNjcmlwdD5wYXJlbnQuX19wd25lZD0xPC9zY3JpcHQ+",
    "<a href=javascript:window.__pwned=1>x</a>",
    "<iframe src=javascript:parent.__pwned=1></iframe>",
    "<iframe srcdoc=\"<script>parent.__pwned=1</script>\"></iframe>",
    "<embed src=javascript:window.__pwned=1>",
    "<object data=\"data:text/html,<script>parent.__pwned=1</script>\"></object>",
    "<form action=javascript:window.__pwned=1><input type=submit></form>",
    "<base href=https://hostile.invalid/>",
    "<meta http-equiv=refresh content=\"0;url=javascript:window.__pwned=1\">",
    "<meta http-equiv=Content-Security-Policy content=\"script-src *\">",
    "//hostile.invalid/x",
    "<img src=https://hostile.invalid/x.png>",
    "<link rel=prefetch href=https://hostile.invalid/x>",
];

const BREAKOUTS: &[&str] = &[
    "\"",
    "'",
    "`",
    ">",
    "<",
    "\"><script>window.__pwned=1</script>",
    "'><script>window.__pwned=1</script>",
    "`><script>window.__pwned=1</script>",
    "\" onmouseover=\"window.__pwned=1",
    "' onmouseover='window.__pwned=1",
    "\" autofocus onfocus=window.__pwned=1 x=\"",
    "' style='position:fixed;inset:0' onclick='window.__pwned=1",
    "x onmouseover=window.__pwned=1",
    "\\\"><img src=x onerror=window.__pwned=1>",
    "--><script>window.__pwned=1</script><!--",
    "--!><img src=x onerror=window.__pwned=1>",
    "</title><script>window.__pwned=1</script>",
    "</template><script>window.__pwned=1</script>",
    "</td></tr></table><script>window.__pwned=1</script>",
    "</details></main></body></html><script>window.__pwned=1</script>",
    "';window.__pwned=1;//",
    "\\';window.__pwned=1;//",
];

const TEMPLATES: &[&str] = &[
    "{{ 7 * 7 }}",
    "{{constructor.constructor('window.__pwned=1')()}}",
    "{% include '/etc/passwd' %}",
    "{# comment #}",
    "${window.__pwned=1}",
    "`${window.__pwned=1}`",
    "<%= window.__pwned=1 %>",
    "#{7*7}",
    "%s %d %n {} {0}",
];

const ENTITIES: &[&str] = &[
    "&lt;script&gt;window.__pwned=1&lt;/script&gt;",
    "&#60;script&#62;window.__pwned=1&#60;/script&#62;",
    "&#x3c;script&#x3e;window.__pwned=1&#x3c;/script&#x3e;",
    "&lt",
    "&nbsp;&shy;&zwj;",
    "&#0;",
    "&quot; onmouseover=&quot;window.__pwned=1",
    "&amp;lt;b&amp;gt;",
    "+ADw-script+AD4-window.__pwned=1+ADw-/script+AD4-",
    "%3Cscript%3Ewindow.__pwned=1%3C/script%3E",
];

const CONTROLS: &[&str] = &[
    "null\0byte",
    "<scr\0ipt>window.__pwned=1</scr\0ipt>",
    "\u{1}\u{2}\u{3}\u{7}\u{8}\u{b}\u{c}\u{e}\u{1f}\u{7f}",
    "next\u{85}line \u{9b}31m",
    "line\nfeed",
    "carriage\rreturn\r\nboth",
    "tab\tand\u{b}vertical tab",
    "\u{1b}[31mred\u{1b}[0m",
    "\u{1b}]0;title\u{7}",
    "\u{1b}]8;;https://hostile.invalid/\u{1b}\\link\u{1b}]8;;\u{1b}\\",
    "\u{1b}[2J\u{1b}[H",
];

const UNICODE: &[&str] = &[
    "\u{202e}txt.exe\u{202c}",
    "user\u{2066} ; drop\u{2069}",
    "\u{200f}right\u{200e}left\u{61c}",
    "zero\u{200b}width\u{200c}join\u{200d}er\u{2060}\u{feff}",
    "\u{feff}mark",
    "surrogate \u{fffd}\u{fffd} gone",
    "noncharacter \u{fffe}\u{ffff}\u{1fffe}",
    "line\u{2028}separator\u{2029}paragraph",
    "\u{627}\u{644}\u{633}\u{644}\u{627}\u{645} \u{639}\u{644}\u{64a}\u{643}\u{645}",
    "\u{5e9}\u{5dc}\u{5d5}\u{5dd} <b>\u{5e2}\u{5d5}\u{5dc}\u{5dd}</b>",
    "Z\u{351}\u{36b}\u{343}\u{36a}A\u{334}\u{335}\u{31b}L\u{321}\u{34f}G\u{338}O\u{337}",
    "\u{1f469}\u{200d}\u{1f4bb} \u{1f3f3}\u{fe0f}\u{200d}\u{1f308} \u{1f1f3}\u{1f1f4}",
    "\u{e0001}\u{e0041}tag\u{e007f}",
    "\u{fdfd}",
    "p\u{430}yp\u{430}l \u{455}cope",
    " ",
];

const STYLES: &[&str] = &[
    "</style><script>window.__pwned=1</script>",
    "<style>*{display:none}</style>",
    "width:expression(window.__pwned=1)",
    "background:url(https://hostile.invalid/x.png)",
    "background:url('javascript:window.__pwned=1')",
    "@import 'https://hostile.invalid/x.css';",
    "};body{display:none}/*",
    "--x:1;}html{visibility:hidden",
];

const MARKDOWN: &[&str] = &[
    "[x](javascript:window.__pwned=1)",
    "![x](https://hostile.invalid/x.png)",
    "[x]: javascript:window.__pwned=1",
    "<https://hostile.invalid/>",
    "| a | b |\n|---|---|\n| c | d |",
    "@everyone @org/team",
    "#1 org/repo#2 GH-3",
    "# heading",
    "***bold*** __bold__ ~~gone~~ `code`",
    "```\nfence\n```",
    "- [ ] task",
    "> quote\n\n---",
    "</details><h1>x</h1>",
];

const XML: &[&str] = &[
    "]]>",
    "<![CDATA[<script>window.__pwned=1</script>]]>",
    "]]><failure message=\"x\"/><![CDATA[",
    "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>",
    "<?xml version=\"1.0\"?><?xml-stylesheet href=\"https://hostile.invalid/x.xsl\"?>",
    "&undefined;",
    "</testcase></testsuite>",
    "<x xmlns:xi=\"http://www.w3.org/2001/XInclude\"><xi:include href=\"file:///etc/passwd\"/></x>",
];

const WORKFLOWS: &[&str] = &[
    "::error::pwned",
    "\n::error file=x,line=1::pwned",
    "%0A::warning::pwned",
    "::set-output name=x::pwned",
    "::add-mask::a",
    "::stop-commands::x",
    "##[error]pwned",
    "\r\n##[set-env name=PATH]/tmp",
];

const FORMULAS: &[&str] = &["=cmd|'/C calc'!A0", "=HYPERLINK(\"https://hostile.invalid/\")", "+1+1", "@SUM(1)"];

const PATHS: &[&str] =
    &["../../etc/passwd", "..\\..\\windows\\system32", "/etc/passwd", "C:\\", "CON", ".", "..", "%2e%2e%2f"];

const JSON: &[&str] = &[
    "\",\"outcome\":\"pass\",\"x\":\"",
    "\\",
    "\\u003cscript\\u003ewindow.__pwned=1\\u003c/script\\u003e",
    "{\"__proto__\":{\"x\":1}}",
];

const SHELL: &[&str] = &["$(touch pwned)", "`touch pwned`", "; touch pwned #", "x' OR '1'='1"];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{COUNT, strings};

    #[test]
    fn there_are_two_hundred_and_each_is_another() {
        let all = strings();
        assert_eq!(all.len(), COUNT);
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), COUNT);
    }
}
