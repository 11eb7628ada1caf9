//! What the checks look at: the workspace's crates, manifests and sources, and what cargo says about them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::failure::Failure;
use crate::source::Source;
use crate::workspace;

/// The workspace.
#[derive(Debug)]
pub(crate) struct Tree {
    /// Its root folder.
    pub(crate) root: PathBuf,
    /// Its crates, by name.
    pub(crate) crates: BTreeMap<String, Crate>,
    /// The Rust files of packages in this tree that are no part of the workspace.
    pub(crate) detached: Vec<File>,
    /// The packages of the whole dependency graph, by cargo's identifier.
    pub(crate) packages: BTreeMap<String, Package>,
    /// What each package was resolved to depend on, every feature on.
    pub(crate) resolved: BTreeMap<String, Vec<ResolvedDependency>>,
}

/// One crate of the workspace.
#[derive(Debug)]
pub(crate) struct Crate {
    /// Cargo's identifier.
    pub(crate) id: String,
    /// Its folder, relative to the root, with `/`.
    pub(crate) folder: String,
    /// Its manifest.
    pub(crate) manifest: Manifest,
    /// The dependencies that its manifest declares.
    pub(crate) dependencies: Vec<Dependency>,
    /// Its `.rs` files, by path.
    pub(crate) files: Vec<File>,
}

/// A manifest, read and as text.
#[derive(Debug)]
pub(crate) struct Manifest {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) table: toml::Table,
}

/// A Rust file.
#[derive(Debug)]
pub(crate) struct File {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) source: Source,
    /// Whether it is test code as a whole: under `tests/`, or a `tests.rs`.
    pub(crate) is_test: bool,
}

/// A declared dependency.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `None` for a normal one, else `dev` or `build`.
    pub(crate) kind: Option<String>,
}

/// A package, as cargo describes it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    id: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

/// An edge of the resolved graph.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ResolvedDependency {
    pub(crate) pkg: String,
    dep_kinds: Vec<ResolvedKind>,
}

#[derive(Clone, Debug, Deserialize)]
struct ResolvedKind {
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<ResolvedDependency>,
}

impl Tree {
    /// Reads the workspace at `root`.
    ///
    /// # Errors
    /// When cargo cannot describe it or a file cannot be read.
    pub(crate) fn load(root: &Path) -> Result<Self, Failure> {
        let metadata = metadata(root)?;
        let mut crates = BTreeMap::new();
        for package in metadata.packages.iter().filter(|package| metadata.workspace_members.contains(&package.id)) {
            crates.insert(package.name.clone(), Crate::load(root, package)?);
        }
        let mut detached = Vec::new();
        for folder in workspace::DETACHED.map(|folder| root.join(folder)).iter().filter(|folder| folder.is_dir()) {
            for path in workspace::rust_files(folder, &|_| true)? {
                detached.push(File::load(root, &path)?);
            }
        }
        Ok(Self {
            root: root.to_owned(),
            crates,
            detached,
            packages: metadata.packages.into_iter().map(|package| (package.id.clone(), package)).collect(),
            resolved: metadata.resolve.nodes.into_iter().map(|node| (node.id, node.deps)).collect(),
        })
    }

    /// Every Rust file.
    pub(crate) fn files(&self) -> impl Iterator<Item = &File> {
        self.crates.values().flat_map(|krate| &krate.files).chain(&self.detached)
    }

    /// The text of a file outside the crates, or nothing where there is none.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub(crate) fn text(&self, path: &str) -> Result<Option<String>, Failure> {
        let full = self.root.join(path);
        if !full.exists() {
            return Ok(None);
        }
        read(&full).map(Some)
    }
}

impl Crate {
    fn load(root: &Path, package: &Package) -> Result<Self, Failure> {
        let folder = package.manifest_path.parent().unwrap_or(root);
        let text = read(&package.manifest_path)?;
        let table = text.parse().map_err(|error| {
            Failure::new(format!("read {}: {error}", package.manifest_path.display())).advise("correct the manifest")
        })?;
        // A folder with a manifest is another crate's.
        let is_own = |folder: &Path| !folder.join("Cargo.toml").exists();
        let paths = workspace::rust_files(folder, &is_own)?;
        let files = paths.iter().map(|path| File::load(root, path)).collect::<Result<_, _>>()?;
        Ok(Self {
            id: package.id.clone(),
            folder: relative(root, folder),
            manifest: Manifest { path: relative(root, &package.manifest_path), text, table },
            dependencies: package.dependencies.clone(),
            files,
        })
    }

    /// Whether it implements ports: its folder says so.
    pub(crate) fn is_adapter(&self) -> bool {
        self.folder.starts_with("crates/adapters/")
    }
}

impl File {
    fn load(root: &Path, path: &Path) -> Result<Self, Failure> {
        let text = read(path)?;
        let source = Source::scan(&text);
        let path = relative(root, path);
        let is_test = path.contains("/tests/") || path.ends_with("/tests.rs");
        Ok(Self { path, text, source, is_test })
    }
}

impl Manifest {
    /// The first line (from 1) that begins with `key`, or 1.
    pub(crate) fn line_of(&self, key: &str) -> usize {
        self.text.lines().position(|line| line.trim_start().starts_with(key)).map_or(1, |at| at + 1)
    }
}

impl ResolvedDependency {
    /// Whether a build of the dependent needs it; a test's dependency is not.
    pub(crate) fn is_built_in(&self) -> bool {
        self.dep_kinds.iter().any(|kind| kind.kind.as_deref() != Some("dev"))
    }
}

fn metadata(root: &Path) -> Result<Metadata, Failure> {
    let mut cargo = workspace::cargo();
    cargo.args(["metadata", "--format-version", "1", "--all-features", "--manifest-path"]).arg(root.join("Cargo.toml"));
    if root.join("Cargo.lock").exists() {
        cargo.arg("--locked");
    }
    let output = cargo.output().map_err(|error| Failure::new(format!("start cargo metadata: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Failure::new(format!("cargo metadata in {}: {said}", root.display())));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| Failure::new(format!("read what cargo metadata says: {error}")))
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))
}

fn relative(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
