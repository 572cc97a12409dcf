//! The invariants of README's architecture section.

use std::path::{Path, PathBuf};

use deniedby::checks::CHECKS;
use deniedby::event::{CODES, Category, PERMISSION_CHANGES};

use crate::world::{read, root};

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The modules of `lib.rs`, in the order of the flow.
fn modules() -> Vec<String> {
    read(root().join("src/lib.rs"))
        .lines()
        .filter_map(|line| Some(line.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned()))
        .collect()
}

/// A source file without its tests.
fn code(path: &Path) -> String {
    let text = read(path);
    text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned()
}

fn module_of(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn a_module_imports_only_from_those_above_it() {
    let order = modules();
    let place = |name: &str| order.iter().position(|module| module == name);
    for path in rust_files(&root().join("src")) {
        let Some(own) = place(&module_of(&path)) else { continue };
        for (start, _) in code(&path).match_indices("crate::") {
            let rest = &code(&path)[start + "crate::".len()..];
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let used = place(&name).unwrap_or_else(|| panic!("{}: no module `{name}`", path.display()));
            assert!(used <= own, "{} imports `{name}`, which comes after it", path.display());
        }
    }
}

#[test]
fn the_pure_modules_know_no_outside_world() {
    let order = modules();
    let pure = order.iter().position(|module| module == "ports").unwrap();
    for path in rust_files(&root().join("src")) {
        if order.iter().position(|module| *module == module_of(&path)).is_none_or(|at| at >= pure) {
            continue;
        }
        let code = code(&path);
        for word in [
            "async ",
            "std::env",
            "std::fs",
            "std::net::Tcp",
            "std::time",
            "Timestamp::now",
            "tokio",
            "aws_sdk",
            "aws_smithy",
            "std::process",
        ] {
            assert!(!code.contains(word), "{} has `{word}`", path.display());
        }
    }
}

#[test]
fn only_the_edge_knows_the_sdk() {
    for path in rust_files(&root().join("src")) {
        let edge = matches!(module_of(&path).as_str(), "aws" | "bin");
        assert!(edge || !code(&path).contains("aws_sdk"), "{}", path.display());
    }
}

#[test]
fn no_file_is_too_long_to_read() {
    for folder in ["src", "tests", "benches"] {
        for path in rust_files(&root().join(folder)) {
            let lines = read(&path).lines().count();
            assert!(lines <= 500, "{} has {lines} lines", path.display());
        }
    }
}

/// Beside the table there is a file for each check, and what they share.
#[test]
fn every_check_is_in_the_table_and_in_the_readme() {
    let shared = ["mod", "policy_layer", "credential_fault", "near_miss", "not_served", "trap", "viewer"];
    let files: Vec<String> = rust_files(&root().join("src/checks"))
        .iter()
        .map(|path| path.file_stem().unwrap().to_string_lossy().replace('_', "-"))
        .filter(|name| !shared.contains(&name.replace('-', "_").as_str()))
        .collect();
    let mut codes: Vec<_> = CHECKS.iter().map(|check| check.code.to_owned()).collect();
    codes.sort();
    assert_eq!(codes, files);
    let readme = read(root().join("README.md"));
    for code in codes {
        assert!(readme.contains(&format!("`{code}`")), "README does not name `{code}`");
    }
}

/// The lists in a template that stand under a name.
fn lists<'t>(template: &'t str, name: &str) -> Vec<Vec<&'t str>> {
    let name = format!(" {name}:\n");
    let under = template.split(name.as_str()).skip(1);
    under.map(|list| list.lines().map_while(|line| line.trim().strip_prefix("- ")).collect()).collect()
}

/// The rules let through what the function takes for a denial. Credentials that AWS does not know and Regions that are
/// not enabled are no matter of policies, and stay out.
#[test]
fn the_rules_name_the_codes_that_are_denials() {
    let kept = [Category::Authorization, Category::Account, Category::ObjectState, Category::KeyState];
    let mut codes: Vec<_> = CODES.iter().filter(|row| kept.contains(&row.1)).map(|row| row.0).collect();
    codes.sort_unstable();
    for (template, rules) in [("template.yaml", 2), ("deploy/member-denials.yaml", 1)] {
        let text = read(root().join(template));
        let lists = lists(&text, "errorCode");
        assert_eq!(lists.len(), rules, "{template}");
        for mut named in lists {
            named.retain(|code| !code.contains(':'));
            named.sort_unstable();
            assert_eq!(named, codes, "{template}");
        }
    }
}

#[test]
fn the_other_rules_name_the_calls_that_change_permissions() {
    let mut calls: Vec<_> = PERMISSION_CHANGES.iter().map(|row| row.name).collect();
    calls.sort_unstable();
    calls.dedup();
    for (template, rules) in [("template.yaml", 2), ("deploy/member-changes.yaml", 1)] {
        let text = read(root().join(template));
        let lists = lists(&text, "eventName");
        assert_eq!(lists.len(), rules, "{template}");
        for named in lists {
            assert_eq!(&named[..calls.len()], calls, "{template}");
            assert!(named[calls.len()..].iter().all(|item| item.contains(':')), "more than the table: {named:?}");
        }
    }
}
