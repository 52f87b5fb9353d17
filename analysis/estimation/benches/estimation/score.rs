//! What was said against what is true, the same for every program.

use crate::Said;

pub(crate) struct Truth {
    /// γ of every meter.
    pub(crate) errors: Vec<f64>,
    pub(crate) wrong: Vec<bool>,
}

/// Over all sites of a scenario.
#[derive(Default)]
pub(crate) struct Score {
    meters: f64,
    wrong: f64,
    squares: f64,
    inside: f64,
    found: f64,
    false_alarms: f64,
    seconds: f64,
    memory: f64,
}

impl Score {
    pub(crate) const HEAD: &str =
        "                 RMSE %   found   false alarms %   inside 95 %   s per site   peak MB";

    pub(crate) fn new(truths: &[Truth], said: &[&Said]) -> Self {
        assert_eq!(truths.len(), said.len(), "one answer per site");
        let mut score = Self::default();
        for (truth, said) in truths.iter().zip(said) {
            assert_eq!(truth.errors.len(), said.errors.len(), "one error per meter");
            for (i, (error, wrong)) in truth.errors.iter().zip(&truth.wrong).enumerate() {
                score.meters += 1.0;
                score.squares += (said.errors[i] - error).powi(2);
                score.inside += f64::from(u8::from(said.low[i] <= *error && *error <= said.high[i]));
                let suspect = f64::from(u8::from(said.suspects[i]));
                if *wrong {
                    score.wrong += 1.0;
                    score.found += suspect;
                } else {
                    score.false_alarms += suspect;
                }
            }
            score.seconds += said.seconds;
            score.memory = score.memory.max(said.memory);
        }
        score.seconds /= said.len() as f64;
        score
    }

    pub(crate) fn line(&self, method: &str) -> String {
        format!(
            "  {method:<13} {:>7.3} {:>7.3} {:>16.2} {:>13.3} {:>12.3} {:>9.0}",
            100.0 * (self.squares / self.meters).sqrt(),
            self.found / self.wrong,
            100.0 * self.false_alarms / (self.meters - self.wrong),
            self.inside / self.meters,
            self.seconds,
            self.memory
        )
    }
}
