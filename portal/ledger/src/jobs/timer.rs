//! What comes again and again: whichever server looks first when it is due puts the jobs in the queue, once.

use jiff::Timestamp;

use super::{NewJob, enqueue_in};
use crate::database::sql;
use crate::row::Kept;
use crate::{Ledger, LedgerError};

impl Ledger {
    /// If the timer is due (one that was never set is), keeps these jobs and sets it to `next`, in one transaction. Whether
    /// it was.
    pub async fn when_due(
        &self,
        timer: &str,
        next: Timestamp,
        jobs: &[NewJob],
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let mut transaction = self.begin().await?;
        let row = sql("SELECT name, next_us FROM timer WHERE name = $1")
            .bind(timer)
            .optional(&mut transaction)
            .await?;
        let due: Option<Timestamp> = row
            .map(|row| Kept::by("timer", "name", &row).get("next_us"))
            .transpose()?;
        if due.is_some_and(|due| due > now) {
            return Ok(false);
        }
        sql("INSERT INTO timer (name, next_us) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET next_us = excluded.next_us")
        .bind(timer)
        .bind(next)
        .run(&mut transaction)
        .await?;
        for job in jobs {
            enqueue_in(&mut transaction, None, job, now).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }
}
