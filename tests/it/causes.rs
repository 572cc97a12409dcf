//! `deniedby causes`, and the manual pages that it prints.

use std::process::{Command, Output};

use deniedby::checks::CHECKS;

fn causes(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_deniedby")).arg("causes").args(arguments).output().unwrap()
}

/// A page says what the cause means, how we know, and what to do, and names AWS's own page.
#[test]
fn every_manual_page_is_whole() {
    for check in CHECKS {
        let page: Vec<_> = check.manual().collect();
        let page = page.join("\n");
        assert!(page.starts_with(&format!("# {}\n\n**Means**", check.title())), "{}", check.code);
        for part in ["**We know**", "**To do**"] {
            assert!(page.contains(part), "{} lacks {part}", check.code);
        }
        assert!(check.code == "unexplained" || page.contains("<https://docs.aws.amazon.com/"), "{}", check.code);
    }
}

#[test]
fn all_codes_are_listed_with_their_titles() {
    let output = causes(&[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert_eq!(text.lines().count(), CHECKS.len());
    for check in CHECKS {
        let listed = text.lines().any(|line| line.starts_with(check.code) && line.ends_with(check.title()));
        assert!(listed, "{}", check.code);
    }
}

#[test]
fn a_page_is_plain_text_where_there_is_no_terminal() {
    for check in CHECKS {
        let output = causes(&[check.code]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success());
        assert!(text.starts_with(check.code) && text.contains("Means: ") && text.contains("To do: "), "{text}");
        let manual: Vec<_> = check.manual().collect();
        for link in
            manual.join("\n").split('<').filter_map(|rest| rest.split_once('>').filter(|_| rest.starts_with("https:")))
        {
            assert!(text.contains(link.0), "{} is broken: {text}", link.0);
        }
        assert!(!text.contains("**") && !text.contains('\u{1b}') && !text.contains("<https"), "{text}");
    }
}

#[test]
fn an_unknown_code_is_an_error_that_names_the_nearest() {
    let output = causes(&["object-lokced"]);
    assert_eq!(output.status.code(), Some(1));
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        line,
        "`object-lokced` is not the code of a cause; the nearest is `object-locked`: `deniedby causes` lists them\n"
    );
    assert!(output.stdout.is_empty());
    let line = String::from_utf8(causes(&["nosuch"]).stderr).unwrap();
    assert_eq!(line, "`nosuch` is not the code of a cause: `deniedby causes` lists them\n", "nothing is near it");
}
