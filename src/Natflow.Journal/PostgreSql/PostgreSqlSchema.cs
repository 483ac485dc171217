namespace Natflow.Journal.PostgreSql;

/// <summary>As the SQLite schema, in PostgreSQL's types.</summary>
internal static class PostgreSqlSchema
{
    internal const string Sql = """
        CREATE TABLE IF NOT EXISTS journal (
          ordering BIGSERIAL PRIMARY KEY,
          created BIGINT NOT NULL,
          deleted BOOLEAN NOT NULL,
          persistence_id VARCHAR(255) NOT NULL,
          sequence_number BIGINT NOT NULL,
          message BYTEA NOT NULL,
          manifest VARCHAR(500),
          identifier INT,
          writer_uuid VARCHAR(128),
          chain BYTEA,
          CONSTRAINT journal_uq UNIQUE (persistence_id, sequence_number));
        DROP INDEX IF EXISTS journal_created_idx;
        DROP INDEX IF EXISTS journal_sequence_number_idx;
        CREATE TABLE IF NOT EXISTS tags (
          ordering_id BIGINT NOT NULL,
          tag VARCHAR(64) NOT NULL,
          sequence_nr BIGINT NOT NULL,
          persistence_id VARCHAR(255) NOT NULL,
          PRIMARY KEY (ordering_id, tag));
        CREATE INDEX IF NOT EXISTS tags_persistence_id_sequence_nr_idx ON tags (persistence_id, sequence_nr);
        CREATE INDEX IF NOT EXISTS tags_tag_idx ON tags (tag);
        CREATE TABLE IF NOT EXISTS snapshot (
          persistence_id VARCHAR(255) NOT NULL,
          sequence_number BIGINT NOT NULL,
          created BIGINT NOT NULL,
          snapshot BYTEA,
          manifest VARCHAR(500),
          serializer_id INT,
          PRIMARY KEY (persistence_id, sequence_number));
        CREATE INDEX IF NOT EXISTS snapshot_sequence_number_idx ON snapshot (sequence_number);
        CREATE INDEX IF NOT EXISTS snapshot_created_idx ON snapshot (created);
        CREATE TABLE IF NOT EXISTS journal_chain (
          persistence_id VARCHAR(255) PRIMARY KEY,
          anchor_number BIGINT NOT NULL,
          anchor_link BYTEA NOT NULL,
          head_number BIGINT NOT NULL,
          head_link BYTEA NOT NULL);
        CREATE TABLE IF NOT EXISTS journal_key (
          bucket BIGINT NOT NULL,
          key BIGINT NOT NULL,
          ordering BIGINT NOT NULL,
          PRIMARY KEY (bucket, key, ordering));
        CREATE TABLE IF NOT EXISTS journal_run (
          first_ordering BIGINT PRIMARY KEY,
          last_ordering BIGINT NOT NULL);
        CREATE TABLE IF NOT EXISTS journal_run_key (
          first_ordering BIGINT NOT NULL,
          first_key BIGINT NOT NULL,
          number BIGINT NOT NULL,
          keys BYTEA NOT NULL,
          PRIMARY KEY (first_ordering, first_key, number));
        CREATE TABLE IF NOT EXISTS journal_fence (
          persistence_id VARCHAR(255) PRIMARY KEY,
          token BIGINT NOT NULL);
        CREATE TABLE IF NOT EXISTS journal_writer (
          writer_uuid VARCHAR(128) PRIMARY KEY,
          batch BIGINT NOT NULL);
        """;
}
