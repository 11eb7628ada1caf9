use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use digits::DigitsTrainer;
use foundation_core::Code;
use foundation_core::telemetry::names;

use super::{Application, Place, block_on, cluster};
use crate::args::Composition;
use crate::run::digits_study::{self, Settings};

/// What a study shows at `/metrics` is what the table of names declares for it, nothing missing and nothing besides.
#[test]
fn every_metric_that_is_declared_is_shown_and_no_other() {
    block_on(async {
        let application = Application::build(Composition::Memory, Place::nowhere()).await?;
        let settings = Settings { budget: Some(60), ..Settings::default() };
        let study = digits_study::study(&settings)?;
        let running = study.start_trainer(&application.ports, Arc::new(DigitsTrainer::new())).await?;
        running.finished().await?;
        application.ports.runtime.refresh_metrics();
        let text = application.recorder.render();
        running.stop().await;
        let shown: BTreeSet<&str> = text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .filter_map(|line| line.split(['{', ' ']).next())
            .map(|name| ["_bucket", "_sum", "_count"].iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name))
            .collect();
        // A study has no ecosystem and answers no requests; what those show is compared in tests of their own crates.
        let elsewhere = ["foundation_ecosystem_", "foundation_isolated_", "foundation_http_"];
        let declared: BTreeSet<&str> = names::ALL
            .iter()
            .map(|metric| metric.name)
            .filter(|name| !elsewhere.iter().any(|part| name.starts_with(part)))
            .collect();
        assert_eq!(shown, declared);
        application.close().await?;
        Ok(())
    })
    .unwrap();
}

fn in_folder(data: &Path) -> Place<'_> {
    Place { data, ..Place::nowhere() }
}

/// The server ends with the application, its store stays, and the next application goes on from it.
#[test]
fn what_the_cluster_acknowledged_is_there_for_the_next_run() {
    let Some(_) = foundation_nats_server::find_or_skip("the cluster composition") else { return };
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("study-cluster");
    block_on(async {
        let settings = Settings { budget: Some(30), ..Settings::default() };
        let mut values = Vec::new();
        for _ in 0..2 {
            let application = Application::build(Composition::Cluster, in_folder(&data)).await?;
            let state = digits_study::study(&settings)?.train(&application.ports, DigitsTrainer::new()).await?;
            values.push((state.restarts(), state.trials().len(), state.epochs().spent));
            application.close().await?;
        }
        // The second run found the study finished and only read it.
        assert_eq!(values[0], values[1]);
        assert_eq!(Some(values[0].2), settings.budget);
        assert!(cluster::check_free(&data).is_ok());
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_folder_belongs_to_one_composition() {
    let folder = tempfile::tempdir().unwrap();
    let build = |composition, data: &'static str| {
        let data = folder.path().join(data);
        let mut told = None;
        block_on(async {
            match Application::build(composition, in_folder(&data)).await {
                Ok(application) => application.close().await?,
                Err(error) => told = Some(error),
            }
            Ok(())
        })
        .unwrap();
        told
    };
    assert!(build(Composition::Embedded, "sled").is_none());
    let error = build(Composition::Cluster, "sled").unwrap();
    assert_eq!(error.code(), Code::InvalidConfiguration, "{error}");
    std::fs::create_dir_all(folder.path().join("nats").join("nats")).unwrap();
    let error = build(Composition::Embedded, "nats").unwrap();
    assert_eq!(error.code(), Code::InvalidConfiguration, "{error}");
}
