//! A workspace of empty crates that keeps every invariant, in a folder that goes when the test ends.

use std::fs;
use std::path::Path;

use crate::arch::checks::{CHECKS, Outcome};
use crate::arch::tree::Tree;

pub(super) struct Fixture {
    folder: tempfile::TempDir,
}

const ROOT: &str = r#"[workspace]
exclude = ["engines"]
resolver = "3"
members = ["crates/foundation-core", "crates/foundation-infra", "crates/foundation-oneshot", "crates/foundation-testkit", "crates/mabeam", "crates/adapters/*"]
[workspace.package]
version = "0.1.0"
edition = "2024"
rust-version = "1.95"
license = "MIT"
publish = false
[workspace.dependencies]
foundation-core = { path = "crates/foundation-core" }
foundation-infra = { path = "crates/foundation-infra" }
foundation-testkit = { path = "crates/foundation-testkit" }
mabeam = { path = "crates/mabeam" }
foundation-memory = { path = "crates/adapters/foundation-memory" }
foundation-sled = { path = "crates/adapters/foundation-sled" }
sled = { path = "engines/sled" }
tokio = { path = "engines/tokio" }
wrapper = { path = "engines/wrapper" }
[workspace.lints.rust]
unsafe_code = "forbid"
"#;

const CODES: &str =
    "//! Codes.\ncodes! {\n    1201 InvalidConfiguration \"invalid_configuration\" Permanent \"x\";\n}\n";

impl Fixture {
    pub(super) fn new() -> Self {
        let fixture = Self { folder: tempfile::tempdir().expect("a folder") };
        fixture.write("Cargo.toml", ROOT);
        for (folder, dependencies) in [
            ("crates/foundation-core", ""),
            ("crates/foundation-infra", "foundation-core.workspace = true\n"),
            ("crates/foundation-oneshot", ""),
            ("crates/foundation-testkit", "foundation-core.workspace = true\n"),
            ("crates/mabeam", "foundation-core.workspace = true\nfoundation-infra.workspace = true\n"),
            ("crates/adapters/foundation-memory", "foundation-core.workspace = true\n"),
            ("crates/adapters/foundation-sled", "foundation-core.workspace = true\n"),
            ("crates/adapters/foundation-http", "foundation-core.workspace = true\n"),
            ("crates/adapters/mabeam-exec", "foundation-core.workspace = true\n"),
        ] {
            let name = folder.rsplit('/').next().expect("a name");
            let manifest = format!(
                "[package]\nname = \"{name}\"\ndescription = \"d\"\nedition.workspace = true\nversion.workspace = true\n\
                 license.workspace = true\nrust-version.workspace = true\npublish.workspace = true\n\
                 [dependencies]\n{dependencies}[lints]\nworkspace = true\n"
            );
            fixture.write(&format!("{folder}/Cargo.toml"), &manifest);
            fixture.write(&format!("{folder}/src/lib.rs"), "//! A crate.\n");
        }
        let shared = "[lints]\nworkspace = true\n";
        let own = "[lints.rust]\nunsafe_code = \"deny\"\nunsafe_op_in_unsafe_fn = \"deny\"\n[lints.clippy]\n\
                   undocumented_unsafe_blocks = \"deny\"\n";
        fixture.replace("crates/foundation-oneshot/Cargo.toml", shared, own);
        fixture.write("crates/foundation-oneshot/src/lib.rs", "//! A slot.\nfn f() { unsafe { g() } }\n");
        let model = "//! Models.\n#[test]\nfn all() { loom::model(f); }\n";
        fixture.write("crates/foundation-oneshot/tests/it/main.rs", model);
        for (name, dependencies) in [("sled", ""), ("tokio", ""), ("wrapper", "sled = { path = \"../sled\" }\n")] {
            let manifest = format!(
                "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n{dependencies}"
            );
            fixture.write(&format!("engines/{name}/Cargo.toml"), &manifest);
            fixture.write(&format!("engines/{name}/src/lib.rs"), "");
        }

        fixture.write("crates/foundation-core/src/error/code.rs", CODES);
        let metrics = "//! Metrics.\nconst TRIALS: &str = \"mabeam_trials_total\";\n";
        fixture.write("crates/foundation-core/src/telemetry/names.rs", metrics);
        let events = "//! Events.\nconst TYPES: [&str; 2] = [\n    \"study.created\",\n    \"study.finished\",\n];\n";
        fixture.write("crates/mabeam/src/study/event.rs", events);
        let tests = "//! Tests.\nfn helper() {}\n#[test]\nfn nothing_is_lost() {}\n";
        fixture.write("crates/foundation-core/tests/it/main.rs", tests);
        fixture.write("crates/foundation-testkit/src/lib.rs", "//! Suites.\npub async fn suite() {}\n");

        let lines: String = CHECKS.iter().map(|check| format!("**Invariant** (`{}`): it holds.\n", check.id)).collect();
        fixture.write(
            "docs/architecture.md",
            &format!("# Architecture\n{lines}A line with **Invariant** in it, `other`, states none.\n"),
        );
        fixture.write(
            "docs/semantics.md",
            "# Semantics\n\n| Guarantee | Test |\n|---|---|\n\
             | Nothing is lost | `crates/foundation-core/tests/it/main.rs::nothing_is_lost` |\n",
        );
        fixture
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.folder.path().join(path)
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let full = self.path(path);
        fs::create_dir_all(full.parent().unwrap_or(Path::new("."))).expect("a folder");
        fs::write(full, text).expect("a file");
    }

    #[track_caller]
    pub(super) fn replace(&self, path: &str, old: &str, new: &str) {
        let text = fs::read_to_string(self.path(path)).expect(path);
        assert!(text.contains(old), "{path} has no {old:?}: {text}");
        self.write(path, &text.replacen(old, new, 1));
    }

    /// The line of a file that begins with `key`, from 1.
    pub(super) fn line_of(&self, path: &str, key: &str) -> usize {
        let text = fs::read_to_string(self.path(path)).expect(path);
        text.lines().position(|line| line.starts_with(key)).expect(key) + 1
    }

    /// What one check finds: `file:line` and the message.
    pub(super) fn findings(&self, id: &str) -> Vec<(String, String)> {
        let tree = Tree::load(self.folder.path()).expect("a workspace that cargo can read");
        let check = CHECKS.iter().find(|check| check.id == id).expect(id);
        let mut outcome = Outcome::default();
        (check.run)(&tree, &mut outcome).expect("a tree that can be checked");
        outcome.findings.into_iter().map(|found| (format!("{}:{}", found.file, found.line), found.message)).collect()
    }
}
