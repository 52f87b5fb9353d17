//! The canonical writing of a statement and its parts as JSON.

use serde_json::{Value, json};

use super::{Form, Uncertainty};
use crate::glyph::to_superscript;
use crate::number::Exact;

impl Uncertainty {
    pub(in crate::notation) fn print(&self) -> String {
        let unit = self.unit.as_ref().map_or(String::new(), |u| {
            if u.is("%") {
                "%".to_owned()
            } else {
                format!(" {u}")
            }
        });
        let mut tail = String::new();
        if let Some(k) = &self.k {
            tail.push_str(&format!(",k={k}"));
        }
        if let Some(dof) = self.dof {
            tail.push_str(&format!(",νeff={dof}"));
        }
        if let (Some(y), Some(value)) = (&self.estimate, &self.value) {
            if let Some(p) = &self.probability {
                tail.push_str(&format!(",p={p}"));
            }
            let raised = if y.exponent() > 0 {
                format!("×10{}", to_superscript(y.exponent()))
            } else {
                String::new()
            };
            let shown = y.scaled(-y.exponent().max(0));
            return match self.form {
                Form::Combined | Form::Standard | Form::Probable => {
                    format!("{shown}({}){raised}{unit}{tail}", value.mantissa())
                }
                Form::Expanded => {
                    let value = value.scaled(-y.exponent().max(0));
                    format!("({shown}±{value}){raised}{unit}{tail}")
                }
            };
        }
        let rel = if self.relative { "rel" } else { "" };
        let percent = |p: &Exact| p.scaled(2).normalized().to_string();
        let name = match (self.form, &self.probability) {
            (Form::Standard, _) => format!("u{rel}"),
            (Form::Combined, _) => format!("uc{rel}"),
            (Form::Expanded, _) => format!("U{rel}"),
            (Form::Probable, Some(p)) => format!("U{}{rel}", percent(p)),
            (Form::Probable, None) => format!("U{rel}"),
        };
        let body = match (&self.value, &self.largest, &self.formula) {
            (Some(value), Some(largest), _) => format!("({value}～{largest})"),
            (Some(value), None, _) => value.to_string(),
            (None, _, Some(formula)) => format!("({formula})"),
            (None, _, None) => String::new(),
        };
        format!("{name}={body}{unit}{tail}")
    }

    pub(in crate::notation) fn to_json(&self) -> Value {
        let name = match (self.form, self.relative) {
            (Form::Standard, false) => "u",
            (Form::Standard, true) => "urel",
            (Form::Combined, false) => "uc",
            (Form::Combined, true) => "ucrel",
            (Form::Expanded, false) => "U",
            (Form::Expanded, true) => "Urel",
            (Form::Probable, false) => "Up",
            (Form::Probable, true) => "Uprel",
        };
        let mut value = json!({ "type": name, "unit": self.unit });
        if let Some(p) = &self.probability {
            value["p"] = json!(p);
        }
        if let Some(y) = &self.estimate {
            value["y"] = json!(y);
        }
        match (&self.value, &self.largest) {
            (Some(smallest), Some(largest)) => {
                value["lower"] = json!(smallest);
                value["upper"] = json!(largest);
            }
            (Some(one), None) => value["value"] = json!(one),
            (None, _) => {}
        }
        if let Some(f) = &self.formula {
            value["formula"] = json!(f);
        }
        if let Some(dof) = self.dof {
            value["dof"] = json!(dof);
        }
        let expanded = matches!(self.form, Form::Expanded | Form::Probable);
        if self.k.is_some() || (expanded && self.dof.is_none()) {
            value["k"] = json!(self.k);
        }
        value
    }
}
