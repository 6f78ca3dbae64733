//! What the role that serves may do: read and write, and of the log and its seals read and add.

use sqlx::{AssertSqlSafe, PgConnection};

/// Whether this role could change the log if it wanted to: by right, or as the owner of its table, who
/// can take any right and take away any trigger.
pub const MAY_CHANGE_THE_LOG: &str = "SELECT bool_or(pg_has_role(current_user, relowner, 'MEMBER') \
     OR has_table_privilege(oid, 'UPDATE') OR has_table_privilege(oid, 'DELETE') \
     OR has_table_privilege(oid, 'TRUNCATE')) AS may \
     FROM pg_class WHERE oid IN ('log'::regclass, 'log_leaves'::regclass, 'log_heads'::regclass)";

/// Gives the role that serves its rights, where another role owns the tables. Where it is the same
/// role there is nothing to give.
pub async fn grant(connection: &mut PgConnection, serving: &str) -> Result<(), sqlx::Error> {
    // The names are put together by the server, which quotes them.
    let statements: Option<String> = sqlx::query_scalar(
        "SELECT format( \
           'GRANT USAGE ON SCHEMA %1$I TO %2$I; \
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %1$I TO %2$I; \
            GRANT USAGE ON ALL SEQUENCES IN SCHEMA %1$I TO %2$I; \
            REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON log, log_leaves, log_heads FROM %2$I; \
            REVOKE INSERT, DELETE ON log_edge FROM %2$I; \
            REVOKE UPDATE, DELETE ON sealing_key FROM %2$I; \
            REVOKE INSERT, UPDATE, DELETE ON _sqlx_migrations FROM %2$I', \
           current_schema(), $1) \
         WHERE NOT pg_has_role($1, current_user, 'MEMBER')",
    )
    .bind(serving)
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(statements) = statements {
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(connection).await?;
    }
    Ok(())
}
