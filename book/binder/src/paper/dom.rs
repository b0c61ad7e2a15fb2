//! mdBook이 만든 쪽을 나무로 읽고, 고치고, XHTML로 적습니다.
//!
//! 읽는 일은 브라우저와 같은 규칙을 따르는 크레이트 `html5ever`가 합니다. 그래서 SVG의 대소문자까지 바로 읽습니다.

use html5ever::{ParseOpts, parse_document, tendril::TendrilSink};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// 나무의 마디입니다. 주석과 지시문은 읽을 때 버립니다.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// 글입니다.
    Text(String),
    /// 요소입니다.
    Element(Element),
}

/// 요소 하나입니다.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// 이름입니다(`h2`).
    pub name: String,
    /// 속성의 이름과 값입니다.
    pub attributes: Vec<(String, String)>,
    /// 안에 든 것입니다.
    pub children: Vec<Node>,
}

/// 닫는 태그가 없는 요소입니다(HTML 표준의 void elements).
const VOID: [&str; 13] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];

impl Element {
    /// 속성 없이 만듭니다.
    pub fn new(name: &str, children: Vec<Node>) -> Element {
        Element {
            name: name.to_owned(),
            attributes: Vec::new(),
            children,
        }
    }

    /// 속성을 더합니다.
    pub fn with(mut self, name: &str, value: &str) -> Element {
        self.set(name, value);
        self
    }

    /// 속성의 값입니다.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// 속성을 바꾸거나 더합니다.
    pub fn set(&mut self, name: &str, value: &str) {
        match self.attributes.iter_mut().find(|(key, _)| key == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.attributes.push((name.to_owned(), value.to_owned())),
        }
    }

    /// 속성을 지웁니다.
    pub fn unset(&mut self, name: &str) {
        self.attributes.retain(|(key, _)| key != name);
    }

    /// `class`에 이 낱말이 있으면 참입니다.
    pub fn has_class(&self, class: &str) -> bool {
        self.get("class")
            .is_some_and(|all| all.split_whitespace().any(|one| one == class))
    }

    /// 글만 이어 붙인 것입니다. SVG 안의 글은 뺍니다.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for child in &self.children {
            match child {
                Node::Text(more) => text += more,
                Node::Element(inner) if inner.name != "svg" => text += &inner.text(),
                Node::Element(_) => {}
            }
        }
        text
    }

    /// 안에 든 요소들을 깊이와 상관없이 적힌 차례로 봅니다. 자신도 들어갑니다.
    pub fn each<'a>(&'a self, look: &mut dyn FnMut(&'a Element)) {
        look(self);
        for child in &self.children {
            if let Node::Element(inner) = child {
                inner.each(look);
            }
        }
    }

    /// 안에 든 요소들을 고칩니다. 자신을 먼저 고칩니다.
    pub fn each_mut(&mut self, change: &mut dyn FnMut(&mut Element)) {
        change(self);
        for child in &mut self.children {
            if let Node::Element(inner) = child {
                inner.each_mut(change);
            }
        }
    }

    /// 안쪽부터, 요소마다 그것을 갈음할 마디들을 받아 바꿉니다.
    pub fn replace(&mut self, with: &mut dyn FnMut(Element) -> Vec<Node>) {
        let mut children = Vec::new();
        for child in std::mem::take(&mut self.children) {
            match child {
                Node::Element(mut inner) => {
                    inner.replace(with);
                    children.extend(with(inner));
                }
                text => children.push(text),
            }
        }
        self.children = children;
    }
}

impl From<Element> for Node {
    fn from(element: Element) -> Node {
        Node::Element(element)
    }
}

/// 글 마디를 만듭니다.
pub fn text(text: &str) -> Node {
    Node::Text(text.to_owned())
}

/// HTML 한 쪽에서 이름이 `name`인 첫 요소를 읽습니다.
pub fn first(html: &str, name: &str) -> Option<Element> {
    let dom = parse_document(RcDom::default(), ParseOpts::default()).one(html);
    find(&dom.document, name)
}

fn find(handle: &Handle, name: &str) -> Option<Element> {
    if let NodeData::Element { name: found, .. } = &handle.data
        && &*found.local == name
    {
        return element(handle);
    }
    handle
        .children
        .borrow()
        .iter()
        .find_map(|child| find(child, name))
}

fn element(handle: &Handle) -> Option<Element> {
    let NodeData::Element { name, attrs, .. } = &handle.data else {
        return None;
    };
    let attributes = attrs.borrow();
    let attributes = attributes.iter().map(|attribute| {
        // 이름 공간을 알리는 속성(xmlns)의 앞붙임은 비어 있습니다.
        let name = match attribute.name.prefix.as_deref() {
            None | Some("") => attribute.name.local.to_string(),
            Some(prefix) => format!("{prefix}:{}", attribute.name.local),
        };
        (name, attribute.value.to_string())
    });
    let children = handle.children.borrow();
    let children = children.iter().filter_map(|child| match &child.data {
        NodeData::Text { contents } => Some(Node::Text(contents.borrow().to_string())),
        _ => element(child).map(Node::Element),
    });
    Some(Element {
        name: name.local.to_string(),
        attributes: attributes.collect(),
        children: children.collect(),
    })
}

/// XHTML로 적습니다. HTML로 읽어도 같은 나무가 됩니다.
pub fn write(nodes: &[Node], out: &mut String) {
    for node in nodes {
        match node {
            Node::Text(text) => escape(text, out),
            Node::Element(element) => write_element(element, out),
        }
    }
}

fn write_element(element: &Element, out: &mut String) {
    *out += "<";
    *out += &element.name;
    if element.name == "svg" && element.get("xmlns").is_none() {
        *out += " xmlns=\"http://www.w3.org/2000/svg\"";
    }
    for (name, value) in &element.attributes {
        *out += " ";
        *out += name;
        *out += "=\"";
        escape(value, out);
        *out += "\"";
    }
    if VOID.contains(&element.name.as_str()) {
        *out += "/>";
        return;
    }
    *out += ">";
    write(&element.children, out);
    *out += "</";
    *out += &element.name;
    *out += ">";
}

/// 글을 XML에 적을 수 있게 합니다. XML 1.0에 적을 수 없는 글자는 버립니다.
pub fn escape(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => *out += "&amp;",
            '<' => *out += "&lt;",
            '>' => *out += "&gt;",
            '"' => *out += "&quot;",
            '\t' | '\n' | '\r' => out.push(letter),
            control if control < ' ' => {}
            other => out.push(other),
        }
    }
}

/// [`escape`]한 글입니다.
pub fn escaped(text: &str) -> String {
    let mut out = String::new();
    escape(text, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(html: &str) -> String {
        let page = format!("<!DOCTYPE html><body><main>{html}</main>");
        let mut out = String::new();
        if let Some(main) = first(&page, "main") {
            write(&main.children, &mut out);
        }
        out
    }

    #[test]
    fn html_becomes_well_formed_xml() {
        assert_eq!(
            round("<p>a<br>b &amp; c<img src=x alt='\"'>"),
            "<p>a<br/>b &amp; c<img src=\"x\" alt=\"&quot;\"/></p>"
        );
        assert_eq!(round("<!-- 주석 --><p></p>"), "<p></p>");
        assert_eq!(round("<p>가\u{b}\u{c}나</p>"), "<p>가나</p>");
    }

    #[test]
    fn svg_keeps_its_letter_case_and_gets_its_namespace() {
        assert_eq!(
            round(
                "<svg xmlns='http://www.w3.org/2000/svg' viewBox=\"0 0 1 1\"><linearGradient/><text>가</text></svg>"
            ),
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"><linearGradient></linearGradient><text>가</text></svg>"
        );
        assert_eq!(
            round("<svg></svg>"),
            "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>"
        );
    }

    #[test]
    fn elements_are_replaced_from_the_inside() {
        let mut main = first("<main><p>가<b>나<i>다</i></b></p></main>", "main").unwrap();
        main.replace(&mut |element| match element.name.as_str() {
            "b" | "i" => element.children,
            _ => vec![element.into()],
        });
        let mut out = String::new();
        write(&main.children, &mut out);
        assert_eq!(out, "<p>가나다</p>");
        assert_eq!(main.text(), "가나다");
    }
}
