-- A ledger of version 3, as the program of that version left it. Never edit it.
PRAGMA application_id = 1280789553;
PRAGMA user_version = 3;
BEGIN TRANSACTION;
CREATE TABLE contributions (
            id INTEGER PRIMARY KEY,
            kind INTEGER NOT NULL DEFAULT 0,
            project TEXT NOT NULL,
            digest TEXT NOT NULL,
            base_version INTEGER NOT NULL CHECK (base_version >= 0),
            steps INTEGER NOT NULL CHECK (steps >= 0),
            tokens INTEGER NOT NULL CHECK (tokens >= 0),
            operations INTEGER NOT NULL CHECK (operations >= 0),
            length INTEGER NOT NULL CHECK (length >= 0),
            at REAL NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('sending', 'pending', 'verified', 'rejected', 'returned')),
            reason TEXT NOT NULL,
            UNIQUE (project, digest)
        );
INSERT INTO "contributions" VALUES(1,5,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','0000000000000000000000000000000000000000000000000000000000000001',5,10,1200,7200000000,900,1700000000.0,'verified','');
INSERT INTO "contributions" VALUES(2,5,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','0000000000000000000000000000000000000000000000000000000000000002',5,10,1200,7200000000,0,1700000200.0,'verified','');
INSERT INTO "contributions" VALUES(3,2,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','0000000000000000000000000000000000000000000000000000000000000003',5,10,600,3600000000,900,1700000300.0,'rejected','payload_invalid');
INSERT INTO "contributions" VALUES(4,3,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','0000000000000000000000000000000000000000000000000000000000000004',5,10,1200,7200000000,900,1700000400.0,'returned','late');
INSERT INTO "contributions" VALUES(5,1,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','0000000000000000000000000000000000000000000000000000000000000005',5,10,1200,7200000000,900,1700000500.0,'pending','');
INSERT INTO "contributions" VALUES(6,4,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','0000000000000000000000000000000000000000000000000000000000000006',5,10,1200,7200000000,900,1700000600.0,'sending','');
CREATE TABLE energy (
            project TEXT NOT NULL,
            hour INTEGER NOT NULL,
            joules REAL NOT NULL CHECK (joules >= 0),
            seconds REAL NOT NULL CHECK (seconds >= 0),
            PRIMARY KEY (project, hour)
        ) WITHOUT ROWID;
INSERT INTO "energy" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',472222,36000.0,200.0);
CREATE TABLE host_keys (
            project TEXT NOT NULL,
            key TEXT NOT NULL,
            serial INTEGER NOT NULL CHECK (serial >= 0),
            PRIMARY KEY (project, key)
        ) WITHOUT ROWID;
INSERT INTO "host_keys" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','abababababababababababababababababababababababababababababababab',7);
CREATE TABLE kinds (
            id INTEGER PRIMARY KEY,
            project TEXT NOT NULL,
            state TEXT NOT NULL,
            reason TEXT NOT NULL,
            count INTEGER NOT NULL CHECK (count >= 0),
            UNIQUE (project, state, reason)
        );
INSERT INTO "kinds" VALUES(1,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','pending','',1);
INSERT INTO "kinds" VALUES(2,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','rejected','payload_invalid',1);
INSERT INTO "kinds" VALUES(3,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','returned','late',1);
INSERT INTO "kinds" VALUES(4,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','sending','',1);
INSERT INTO "kinds" VALUES(5,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','verified','',2);
CREATE TABLE names (
            project TEXT PRIMARY KEY NOT NULL,
            name TEXT NOT NULL
        ) WITHOUT ROWID;
INSERT INTO "names" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','Übung');
CREATE TABLE pauses (
            number INTEGER PRIMARY KEY,
            reason TEXT NOT NULL,
            cause TEXT NOT NULL,
            began REAL NOT NULL,
            ended REAL,
            memory INTEGER CHECK (memory >= 0),
            seconds REAL CHECK (seconds >= 0)
        );
INSERT INTO "pauses" VALUES(1,'game','Elden Ring',1700000000.0,1700000060.0,6100000000,0.8);
CREATE TABLE projects (
            project TEXT PRIMARY KEY NOT NULL,
            link TEXT NOT NULL,
            name TEXT NOT NULL,
            serial INTEGER NOT NULL CHECK (serial >= 0),
            joined REAL NOT NULL,
            seen REAL NOT NULL
        ) WITHOUT ROWID;
INSERT INTO "projects" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','http://localhost:1/join','Übung',7,1700000000.0,1700000060.0);
CREATE TABLE receipts (
            project TEXT NOT NULL,
            number INTEGER NOT NULL CHECK (number >= 1),
            digest TEXT NOT NULL,
            round INTEGER NOT NULL CHECK (round >= 0),
            tokens INTEGER NOT NULL CHECK (tokens >= 0),
            steps INTEGER NOT NULL CHECK (steps >= 0),
            operations INTEGER NOT NULL CHECK (operations >= 0),
            verified INTEGER NOT NULL CHECK (verified IN (0, 1)),
            reason TEXT NOT NULL,
            issued REAL NOT NULL,
            document BLOB NOT NULL,
            PRIMARY KEY (project, number),
            UNIQUE (project, digest)
        );
INSERT INTO "receipts" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',1,'0000000000000000000000000000000000000000000000000000000000000001',5,1200,10,7200000000,1,'',1700000100.0,X'7369676E65642000FF');
INSERT INTO "receipts" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',2,'0000000000000000000000000000000000000000000000000000000000000002',5,1200,10,7200000000,1,'',1700000200.0,X'7369676E65642032');
INSERT INTO "receipts" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',3,'0000000000000000000000000000000000000000000000000000000000000003',5,600,10,3600000000,0,'payload_invalid',1700000310.0,X'7369676E65642033');
CREATE TABLE traffic (
            project TEXT NOT NULL,
            hour INTEGER NOT NULL,
            sent INTEGER NOT NULL CHECK (sent >= 0),
            received INTEGER NOT NULL CHECK (received >= 0),
            PRIMARY KEY (project, hour)
        ) WITHOUT ROWID;
INSERT INTO "traffic" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',472222,900,70000);
CREATE INDEX receipts_by_time ON receipts (issued, project, verified, operations, tokens);
CREATE INDEX pauses_by_time ON pauses (began);
CREATE TRIGGER contribution_added AFTER INSERT ON contributions BEGIN
            INSERT INTO kinds (project, state, reason, count) VALUES (new.project, new.state, new.reason, 1)
                ON CONFLICT (project, state, reason) DO UPDATE SET count = count + 1;
            UPDATE contributions SET kind = (
                SELECT id FROM kinds WHERE project = new.project AND state = new.state AND reason = new.reason
            ) WHERE id = new.id;
        END;
CREATE TRIGGER contribution_moved AFTER UPDATE OF project, state, reason ON contributions BEGIN
            UPDATE kinds SET count = count - 1
                WHERE project = old.project AND state = old.state AND reason = old.reason;
            INSERT INTO kinds (project, state, reason, count) VALUES (new.project, new.state, new.reason, 1)
                ON CONFLICT (project, state, reason) DO UPDATE SET count = count + 1;
            UPDATE contributions SET kind = (
                SELECT id FROM kinds WHERE project = new.project AND state = new.state AND reason = new.reason
            ) WHERE id = new.id;
        END;
CREATE TRIGGER contribution_removed AFTER DELETE ON contributions BEGIN
            UPDATE kinds SET count = count - 1
                WHERE project = old.project AND state = old.state AND reason = old.reason;
        END;
CREATE INDEX contributions_by_time ON contributions (at, kind);
CREATE INDEX contributions_by_project ON contributions (project, at, kind);
CREATE INDEX contributions_by_round ON contributions (base_version, at, kind);
CREATE INDEX contributions_by_steps ON contributions (steps, at, kind);
CREATE INDEX contributions_by_tokens ON contributions (tokens, at, kind);
CREATE INDEX contributions_by_credit ON contributions (operations, at, kind);
CREATE INDEX contributions_by_size ON contributions (length, at, kind);
CREATE INDEX contributions_by_state ON contributions (state, at, kind);
CREATE INDEX contributions_pending ON contributions (project) WHERE state = 'pending';
CREATE INDEX receipts_by_round ON receipts (project, round) WHERE verified = 1;
COMMIT;
