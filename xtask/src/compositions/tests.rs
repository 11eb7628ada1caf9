use std::collections::BTreeSet;
use std::sync::Arc;

use digits::DigitsTrainer;
use foundation_core::telemetry::names;

use super::{Application, Place, block_on};
use crate::args::Composition;
use crate::run::digits_study::{self, Settings};

/// What a study shows at `/metrics` is what the table of names declares for it, nothing missing and nothing besides.
#[test]
fn every_metric_that_is_declared_is_shown_and_no_other() {
    block_on(async {
        let application = Application::build(Composition::Memory, Place::nowhere()).await?;
        let settings = Settings { budget: 60, ..Settings::default() };
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
        // A study has no ecosystem; what those show is compared in foundation-core's own test.
        let elsewhere = ["foundation_ecosystem_", "foundation_isolated_"];
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
