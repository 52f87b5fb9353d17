//! The two databases that every test runs on.

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    File,
    Server,
}

impl On {
    /// Bytes as a literal.
    pub fn bytes(self, hexadecimal: &str) -> String {
        match self {
            Self::File => format!("x'{hexadecimal}'"),
            Self::Server => format!("'\\x{hexadecimal}'::bytea"),
        }
    }

    /// A trigger that makes one statement fail; `point` is e.g. `BEFORE UPDATE ON run`.
    pub fn fault(self, point: &str) -> String {
        match self {
            Self::File => format!("CREATE TRIGGER fault {point} BEGIN SELECT RAISE(ABORT, 'injected'); END"),
            Self::Server => {
                let (event, when) = point
                    .split_once(" WHEN ")
                    .map_or((point, String::new()), |(event, when)| {
                        (event, format!("WHEN ({when})"))
                    });
                format!(
                    "CREATE TRIGGER fault {event} FOR EACH ROW {when} EXECUTE FUNCTION refuse('injected')"
                )
            }
        }
    }

    pub fn drop_trigger(self, name: &str, table: &str) -> String {
        match self {
            Self::File => format!("DROP TRIGGER {name}"),
            Self::Server => format!("DROP TRIGGER {name} ON {table}"),
        }
    }

    /// A statement that puts new rows in the place of all that a table holds, and what it is refused with.
    pub fn replacing(self, table: &str) -> (String, &'static str) {
        match self {
            Self::File => (
                format!("REPLACE INTO {table} SELECT * FROM {table}"),
                "never replaced",
            ),
            Self::Server => (format!("TRUNCATE {table} CASCADE"), "never deleted"),
        }
    }
}

/// Makes of each test one per database. A function that is left out of the list is unused, which the compiler says.
macro_rules! on_each_database {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test($crate::on::On::File).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $test() {
                    if peers::postgres::is_installed() {
                        super::$test($crate::on::On::Server).await;
                    }
                }
            )+
        }
    };
}
pub(crate) use on_each_database;
