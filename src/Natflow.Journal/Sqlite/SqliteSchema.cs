namespace Natflow.Journal.Sqlite;

/// <summary>Tables of Akka.Persistence.Sql in its default mapping, and those of our own beside column <c>chain</c>, which its readers do not look at.</summary>
/// <remarks>Two of its indexes are left out, for they cost a third of an append: times rise with <c>ordering</c>, so that a time is found by halving, and numbers are asked within a stream.</remarks>
internal static class SqliteSchema
{
    internal const string Sql = """
        CREATE TABLE IF NOT EXISTS journal (
          ordering INTEGER PRIMARY KEY AUTOINCREMENT,
          created BIGINT NOT NULL,
          deleted BIT NOT NULL,
          persistence_id NVARCHAR(255) NOT NULL,
          sequence_number BIGINT NOT NULL,
          message VARBINARY NOT NULL,
          manifest NVARCHAR(500),
          identifier INTEGER,
          writer_uuid NVARCHAR(128),
          chain BLOB);
        CREATE UNIQUE INDEX IF NOT EXISTS journal_uq ON journal (persistence_id, sequence_number);
        DROP INDEX IF EXISTS journal_created_idx;
        DROP INDEX IF EXISTS journal_sequence_number_idx;
        CREATE TABLE IF NOT EXISTS tags (
          ordering_id INTEGER NOT NULL,
          tag NVARCHAR(64) NOT NULL,
          sequence_nr INTEGER NOT NULL,
          persistence_id NVARCHAR(255) NOT NULL,
          PRIMARY KEY (ordering_id, tag));
        CREATE INDEX IF NOT EXISTS tags_persistence_id_sequence_nr_idx ON tags (persistence_id, sequence_nr);
        CREATE INDEX IF NOT EXISTS tags_tag_idx ON tags (tag);
        CREATE TABLE IF NOT EXISTS snapshot (
          persistence_id NVARCHAR(255) NOT NULL,
          sequence_number BIGINT NOT NULL,
          created BIGINT NOT NULL,
          snapshot VARBINARY,
          manifest NVARCHAR(500),
          serializer_id INTEGER,
          PRIMARY KEY (persistence_id, sequence_number));
        CREATE INDEX IF NOT EXISTS snapshot_sequence_number_idx ON snapshot (sequence_number);
        CREATE INDEX IF NOT EXISTS snapshot_created_idx ON snapshot (created);
        CREATE TABLE IF NOT EXISTS journal_chain (
          persistence_id NVARCHAR(255) PRIMARY KEY,
          anchor_number BIGINT NOT NULL,
          anchor_link BLOB NOT NULL,
          head_number BIGINT NOT NULL,
          head_link BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS journal_key (
          bucket INTEGER NOT NULL,
          key INTEGER NOT NULL,
          ordering INTEGER NOT NULL,
          PRIMARY KEY (bucket, key, ordering)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS journal_run (
          first_ordering INTEGER PRIMARY KEY,
          last_ordering INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS journal_run_key (
          first_ordering INTEGER NOT NULL,
          first_key INTEGER NOT NULL,
          number INTEGER NOT NULL,
          keys BLOB NOT NULL,
          PRIMARY KEY (first_ordering, first_key, number));
        CREATE TABLE IF NOT EXISTS journal_fence (
          persistence_id NVARCHAR(255) PRIMARY KEY,
          token BIGINT NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS journal_writer (
          writer_uuid NVARCHAR(128) PRIMARY KEY,
          batch BIGINT NOT NULL) WITHOUT ROWID;
        """;
}
