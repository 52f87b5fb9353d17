//! A hand on the database, past all of our code.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Row};

use crate::house::House;
use crate::on::On;

pub enum Hand {
    File(SqliteConnection),
    Server(PgConnection),
}

impl Hand {
    pub async fn on(house: &House) -> Self {
        match &house.place {
            crate::house::Place::File(folder) => {
                let options = SqliteConnectOptions::new().filename(folder.path().join("ledger.db"));
                Self::File(options.connect().await.unwrap())
            }
            crate::house::Place::Server(database) => {
                let options: PgConnectOptions = database.url().parse().unwrap();
                Self::Server(options.connect().await.unwrap())
            }
        }
    }

    /// One that no check and no trigger stops.
    pub async fn freed(house: &House) -> Self {
        let mut hand = Self::on(house).await;
        if house.on == On::Server {
            let free = "DO $$ DECLARE one record; BEGIN
                FOR one IN SELECT conrelid::regclass AS name, conname FROM pg_constraint
                    WHERE contype = 'c' AND connamespace = 'public'::regnamespace
                LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.name, one.conname); END LOOP;
                FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public'
                LOOP EXECUTE format('ALTER TABLE %I DISABLE TRIGGER USER', one.tablename); END LOOP;
            END $$";
            hand.accepted(free).await;
            return hand;
        }
        for name in hand
            .texts("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            .await
        {
            hand.accepted(&format!("DROP TRIGGER {name}")).await;
        }
        hand.accepted("PRAGMA ignore_check_constraints = ON").await;
        hand
    }

    async fn run(&mut self, sql: &str) -> Result<u64, sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        Ok(match self {
            Self::File(hand) => sqlx::query(sql).execute(hand).await?.rows_affected(),
            Self::Server(hand) => sqlx::query(sql).execute(hand).await?.rows_affected(),
        })
    }

    /// The first column of every row.
    pub async fn texts(&mut self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::File(hand) => {
                let rows = sqlx::query(sql).fetch_all(hand).await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
            Self::Server(hand) => {
                let rows = sqlx::query(sql).fetch_all(hand).await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
        }
    }

    /// Runs a statement that the database must refuse, and gives its reason.
    pub async fn refused(&mut self, sql: &str) -> String {
        match self.run(sql).await {
            Ok(rows) => panic!("{sql} was accepted for {rows} rows"),
            Err(error) => error.to_string(),
        }
    }

    pub async fn accepted(&mut self, sql: &str) {
        self.run(sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}
