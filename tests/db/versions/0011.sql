BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0011');
CREATE TABLE annotation (
	id INTEGER NOT NULL, 
	pair_id INTEGER NOT NULL, 
	annotator_id INTEGER NOT NULL, 
	decision VARCHAR NOT NULL, 
	reason VARCHAR, 
	question VARCHAR, 
	option_a VARCHAR, 
	option_b VARCHAR, 
	answer_first VARCHAR, 
	answer_second VARCHAR, 
	pattern VARCHAR, 
	note VARCHAR NOT NULL, 
	decided_at DATETIME NOT NULL, 
	written_at DATETIME, 
	updated_at DATETIME NOT NULL, statement_first VARCHAR, statement_second VARCHAR CONSTRAINT ck_annotation_statements_whole CHECK ((statement_first IS NULL AND statement_second IS NULL) OR (question IS NOT NULL AND length(trim(coalesce(statement_first, ''))) > 0 AND length(trim(coalesce(statement_second, ''))) > 0)), 
	CONSTRAINT pk_annotation PRIMARY KEY (id), 
	CONSTRAINT ck_annotation_question_whole CHECK ((question IS NULL AND option_a IS NULL AND option_b IS NULL AND answer_first IS NULL AND answer_second IS NULL AND pattern IS NULL AND written_at IS NULL) OR (length(trim(coalesce(question, ''))) > 0 AND length(trim(coalesce(option_a, ''))) > 0 AND length(trim(coalesce(option_b, ''))) > 0 AND length(trim(coalesce(pattern, ''))) > 0 AND answer_first IS NOT NULL AND answer_second IS NOT NULL AND written_at IS NOT NULL)), 
	CONSTRAINT ck_annotation_answer_first CHECK (answer_first IN ('a', 'b')), 
	CONSTRAINT ck_annotation_answer_second CHECK (answer_second IN ('a', 'b')), 
	CONSTRAINT ck_annotation_reason CHECK (decision <> 'reject' OR length(trim(coalesce(reason, ''))) > 0), 
	CONSTRAINT ck_annotation_decision CHECK (decision IN ('accept', 'reject', 'skip')), 
	CONSTRAINT ck_annotation_answers_differ CHECK (answer_first <> answer_second), 
	CONSTRAINT ck_annotation_options_differ CHECK (option_a <> option_b), 
	CONSTRAINT fk_annotation_annotator_id FOREIGN KEY(annotator_id) REFERENCES annotator (id), 
	CONSTRAINT fk_annotation_pair_id FOREIGN KEY(pair_id) REFERENCES candidate_pair (id), 
	CONSTRAINT uq_annotation_pair_id_annotator_id UNIQUE (pair_id, annotator_id)
);
INSERT INTO "annotation" VALUES(1,1,4,'accept',NULL,'Is the door open or shut? 🚪','Open','Shut','a','b','state','left door','2026-11-24 02:30:10.591674','2026-11-24 02:30:10.626316','2026-11-24 02:30:10.626316','a door on the left','a door on the right');
INSERT INTO "annotation" VALUES(2,2,2,'reject','other: too dark',NULL,NULL,NULL,NULL,NULL,NULL,'','2026-11-24 02:30:10.686098',NULL,'2026-11-24 02:30:10.686098',NULL,NULL);
INSERT INTO "annotation" VALUES(3,3,1,'skip',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'','2026-11-24 02:30:10.697881',NULL,'2026-11-24 02:30:10.697881',NULL,NULL);
CREATE TABLE annotator (
	id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, role VARCHAR DEFAULT 'annotator' NOT NULL CONSTRAINT ck_annotator_role CHECK (role IN ('annotator', 'reviewer', 'admin')), password_hash VARCHAR, must_change_password BOOLEAN DEFAULT 0 NOT NULL, disabled_at DATETIME, session_epoch INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_annotator PRIMARY KEY (id), 
	CONSTRAINT ck_annotator_name CHECK (length(trim(name)) > 0), 
	CONSTRAINT uq_annotator_name UNIQUE (name)
);
INSERT INTO "annotator" VALUES(1,'Ada','2026-11-24 02:30:10.514442','annotator',NULL,0,NULL,0);
INSERT INTO "annotator" VALUES(2,'Ben','2026-11-24 02:30:10.525538','annotator',NULL,0,NULL,0);
INSERT INTO "annotator" VALUES(3,'Cyd','2026-11-24 02:30:10.533434','annotator',NULL,0,NULL,0);
INSERT INTO "annotator" VALUES(4,'Zoë','2026-11-24 02:30:10.561711','admin','$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$bm90aGluZw',0,NULL,0);
INSERT INTO "annotator" VALUES(5,'Rob','2026-11-25 18:35:26.745342','reviewer','$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$bm90aGluZw',1,NULL,0);
CREATE TABLE "candidate_pair" (
	id INTEGER NOT NULL, 
	first_image_id INTEGER NOT NULL, 
	second_image_id INTEGER NOT NULL, 
	blind_encoder_id INTEGER, 
	reference_encoder_id INTEGER, 
	run_id INTEGER NOT NULL, 
	rank INTEGER NOT NULL, 
	novelty_rank INTEGER NOT NULL, 
	likely_pattern VARCHAR, 
	blind_cosine FLOAT, 
	reference_cosine FLOAT, 
	state VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	decided_by INTEGER, 
	adjudicated_by INTEGER, 
	answers_after INTEGER NOT NULL, 
	CONSTRAINT pk_candidate_pair PRIMARY KEY (id), 
	CONSTRAINT ck_candidate_pair_decided_by CHECK ((state = 'unreviewed') = (decided_by IS NULL)), 
	CONSTRAINT ck_candidate_pair_measured CHECK ((blind_encoder_id IS NULL) = (reference_encoder_id IS NULL) AND (blind_encoder_id IS NULL OR (blind_cosine IS NOT NULL AND reference_cosine IS NOT NULL))), 
	CONSTRAINT ck_candidate_pair_state CHECK (state IN ('unreviewed', 'partial', 'accepted', 'complete', 'rejected', 'skipped', 'disputed', 'final', 'contested')), 
	CONSTRAINT ck_candidate_pair_image_order CHECK (first_image_id < second_image_id), 
	CONSTRAINT ck_candidate_pair_version CHECK (version >= 0), 
	CONSTRAINT fk_candidate_pair_adjudicated_by FOREIGN KEY(adjudicated_by) REFERENCES annotator (id), 
	CONSTRAINT fk_candidate_pair_blind_encoder_id FOREIGN KEY(blind_encoder_id) REFERENCES encoder (id), 
	CONSTRAINT fk_candidate_pair_decided_by FOREIGN KEY(decided_by) REFERENCES annotator (id), 
	CONSTRAINT fk_candidate_pair_first_image_id FOREIGN KEY(first_image_id) REFERENCES image (id), 
	CONSTRAINT fk_candidate_pair_reference_encoder_id FOREIGN KEY(reference_encoder_id) REFERENCES encoder (id), 
	CONSTRAINT fk_candidate_pair_run_id FOREIGN KEY(run_id) REFERENCES mining_run (id), 
	CONSTRAINT fk_candidate_pair_second_image_id FOREIGN KEY(second_image_id) REFERENCES image (id), 
	CONSTRAINT uq_candidate_pair_images_encoders UNIQUE (first_image_id, second_image_id, blind_encoder_id, reference_encoder_id)
);
INSERT INTO "candidate_pair" VALUES(1,1,2,1,2,1,1,1,NULL,0.99,0.1,'complete',2,4,NULL,0);
INSERT INTO "candidate_pair" VALUES(2,2,3,1,2,1,2,2,NULL,0.989,0.101,'rejected',3,2,NULL,0);
INSERT INTO "candidate_pair" VALUES(3,3,4,1,2,1,3,3,NULL,0.988,1.02000000000000007327e-01,'skipped',1,1,NULL,0);
CREATE TABLE card_fields (
	id INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	fields JSON NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_card_fields PRIMARY KEY (id), 
	CONSTRAINT ck_card_fields_one_row CHECK (id = 1), 
	CONSTRAINT ck_card_fields_version CHECK (version >= 1)
);
INSERT INTO "card_fields" VALUES(1,1,'{"licence": "CC-BY-4.0"}','2026-11-26 08:00:00.000000');
CREATE TABLE draft (
	pair_id INTEGER NOT NULL, 
	annotator_id INTEGER NOT NULL, 
	fields JSON NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_draft PRIMARY KEY (pair_id, annotator_id), 
	CONSTRAINT fk_draft_annotator_id FOREIGN KEY(annotator_id) REFERENCES annotator (id), 
	CONSTRAINT fk_draft_pair_id FOREIGN KEY(pair_id) REFERENCES candidate_pair (id)
);
INSERT INTO "draft" VALUES(2,4,'{"text": "half a que"}','2026-11-24 02:30:10.615709');
CREATE TABLE encoder (
	id INTEGER NOT NULL, 
	spec VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	dimension INTEGER NOT NULL, 
	weights_digest VARCHAR NOT NULL, 
	CONSTRAINT pk_encoder PRIMARY KEY (id), 
	CONSTRAINT uq_encoder_spec_weights_digest UNIQUE (spec, weights_digest)
);
INSERT INTO "encoder" VALUES(1,'open_clip:tiny/x','tiny',8,'b');
INSERT INTO "encoder" VALUES(2,'hf:tiny','tiny',8,'r');
CREATE TABLE ended_session (
	id VARCHAR NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_ended_session PRIMARY KEY (id)
);
CREATE TABLE "event" (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	annotator_id INTEGER, 
	kind VARCHAR NOT NULL, 
	pair_id INTEGER, 
	undoes INTEGER, 
	data JSON NOT NULL, 
	CONSTRAINT pk_event PRIMARY KEY (id), 
	CONSTRAINT ck_event_undoes CHECK ((kind IN ('undo', 'redo')) = (undoes IS NOT NULL)), 
	CONSTRAINT fk_event_annotator_id FOREIGN KEY(annotator_id) REFERENCES annotator (id), 
	CONSTRAINT fk_event_pair_id FOREIGN KEY(pair_id) REFERENCES candidate_pair (id), 
	CONSTRAINT fk_event_undoes FOREIGN KEY(undoes) REFERENCES event (id), 
	CONSTRAINT uq_event_undoes UNIQUE (undoes)
);
INSERT INTO "event" VALUES(1,'2026-11-24 02:30:10.467753',NULL,'scan',NULL,NULL,'{"source": "/photos", "complete": true, "n_new": 4, "n_moved": 0, "n_vanished": 0, "n_unchanged": 0, "n_duplicates": 0, "n_images": 4}');
INSERT INTO "event" VALUES(2,'2026-11-24 02:30:10.491566',NULL,'encoder',NULL,NULL,'{"id": 1, "spec": "open_clip:tiny/x", "name": "tiny", "dimension": 8, "weights_digest": "b"}');
INSERT INTO "event" VALUES(3,'2026-11-24 02:30:10.502524',NULL,'encoder',NULL,NULL,'{"id": 2, "spec": "hf:tiny", "name": "tiny", "dimension": 8, "weights_digest": "r"}');
INSERT INTO "event" VALUES(4,'2026-11-24 02:30:10.515644',1,'annotator',NULL,NULL,'{"name": "Ada"}');
INSERT INTO "event" VALUES(5,'2026-11-24 02:30:10.526278',2,'annotator',NULL,NULL,'{"name": "Ben"}');
INSERT INTO "event" VALUES(6,'2026-11-24 02:30:10.534068',3,'annotator',NULL,NULL,'{"name": "Cyd"}');
INSERT INTO "event" VALUES(7,'2026-11-24 02:30:10.553306',NULL,'run',NULL,NULL,'{"run_id": 1, "blind_encoder_id": 1, "reference_encoder_id": 2, "blind_min": 0.95, "reference_max": 0.6, "n_images": 4, "n_compared": 6, "n_over_thresholds": 3, "n_pairs": 3, "options": {"limit": null}}');
INSERT INTO "event" VALUES(8,'2026-11-24 02:30:10.562439',4,'annotator',NULL,NULL,'{"name": "Zo\u00eb"}');
INSERT INTO "event" VALUES(9,'2026-11-24 02:30:10.575164',NULL,'scan',NULL,NULL,'{"source": "/photos", "complete": true, "n_new": 0, "n_moved": 0, "n_vanished": 1, "n_unchanged": 3, "n_duplicates": 0, "n_images": 3}');
INSERT INTO "event" VALUES(10,'2026-11-24 02:30:10.598763',4,'decision',1,NULL,'{"version": 1, "before": {"state": "unreviewed", "decided_by": null, "annotation": null}, "after": {"state": "accepted", "decided_by": 4, "annotation": {"decision": "accept", "decided_at": "2026-11-24T02:30:10.591674Z", "updated_at": "2026-11-24T02:30:10.591674Z", "id": 1, "reason": null, "question": null, "option_a": null, "option_b": null, "answer_first": null, "answer_second": null, "pattern": null, "note": "", "written_at": null}}, "draft": null}');
INSERT INTO "event" VALUES(11,'2026-11-24 02:30:10.629500',4,'question',1,NULL,'{"version": 2, "before": {"state": "accepted", "decided_by": 4, "annotation": {"id": 1, "question": null, "option_b": null, "answer_second": null, "note": "", "written_at": null, "updated_at": "2026-11-24T02:30:10.591674Z", "reason": null, "decision": "accept", "option_a": null, "answer_first": null, "pattern": null, "decided_at": "2026-11-24T02:30:10.591674Z"}}, "after": {"state": "complete", "decided_by": 4, "annotation": {"id": 1, "question": "Is the door open or shut? \ud83d\udeaa", "option_b": "Shut", "answer_second": "b", "note": "left door", "written_at": "2026-11-24T02:30:10.626316Z", "updated_at": "2026-11-24T02:30:10.626316Z", "reason": null, "decision": "accept", "option_a": "Open", "answer_first": "a", "pattern": "state", "decided_at": "2026-11-24T02:30:10.591674Z"}}, "draft": null}');
INSERT INTO "event" VALUES(12,'2026-11-24 02:30:10.646986',4,'decision',2,NULL,'{"version": 1, "before": {"state": "unreviewed", "decided_by": null, "annotation": null}, "after": {"state": "skipped", "decided_by": 4, "annotation": {"decision": "skip", "decided_at": "2026-11-24T02:30:10.645943Z", "updated_at": "2026-11-24T02:30:10.645943Z", "id": 2, "reason": null, "question": null, "option_a": null, "option_b": null, "answer_first": null, "answer_second": null, "pattern": null, "note": "", "written_at": null}}, "draft": null}');
INSERT INTO "event" VALUES(13,'2026-11-24 02:30:10.674482',4,'undo',2,12,'{"version": 2, "before": {"state": "skipped", "decided_by": 4, "annotation": {"id": 2, "question": null, "option_b": null, "answer_second": null, "note": "", "written_at": null, "updated_at": "2026-11-24T02:30:10.645943Z", "reason": null, "decision": "skip", "option_a": null, "answer_first": null, "pattern": null, "decided_at": "2026-11-24T02:30:10.645943Z"}}, "after": {"state": "unreviewed", "decided_by": null, "annotation": null}, "draft": null}');
INSERT INTO "event" VALUES(14,'2026-11-24 02:30:10.686990',2,'decision',2,NULL,'{"version": 3, "before": {"state": "unreviewed", "decided_by": null, "annotation": null}, "after": {"state": "rejected", "decided_by": 2, "annotation": {"decision": "reject", "decided_at": "2026-11-24T02:30:10.686098Z", "updated_at": "2026-11-24T02:30:10.686098Z", "id": 2, "reason": "other: too dark", "question": null, "option_a": null, "option_b": null, "answer_first": null, "answer_second": null, "pattern": null, "note": "", "written_at": null}}, "draft": null}');
INSERT INTO "event" VALUES(15,'2026-11-24 02:30:10.698670',1,'decision',3,NULL,'{"version": 1, "before": {"state": "unreviewed", "decided_by": null, "annotation": null}, "after": {"state": "skipped", "decided_by": 1, "annotation": {"decision": "skip", "decided_at": "2026-11-24T02:30:10.697881Z", "updated_at": "2026-11-24T02:30:10.697881Z", "id": 3, "reason": null, "question": null, "option_a": null, "option_b": null, "answer_first": null, "answer_second": null, "pattern": null, "note": "", "written_at": null}}, "draft": null}');
INSERT INTO "event" VALUES(16,'2026-11-25 18:35:26.738591',NULL,'account',NULL,NULL,'{"name": "Zo\u00eb", "role": "admin"}');
INSERT INTO "event" VALUES(17,'2026-11-25 18:35:26.747430',4,'account',NULL,NULL,'{"name": "Rob", "role": "reviewer"}');
INSERT INTO "event" VALUES(18,'2026-11-25 18:35:26.756704',4,'token_made',NULL,NULL,'{"id": 1, "token": "nightly", "name": "Zo\u00eb"}');
INSERT INTO "event" VALUES(19,'2026-11-25 19:02:20.091442',4,'policy',NULL,NULL,'{"verification": {"before": {"enabled": false, "answers": 2, "agreements": 2}, "after": {"enabled": true, "answers": 2, "agreements": 2}}, "n_pairs_changed": 0}');
INSERT INTO "event" VALUES(20,'2026-11-25 19:02:20.456836',2,'verification',1,NULL,'{"taken_back": false, "answer": {"side": "first", "text_digest": "487cf238156a57a631adf2447c08a4a5", "question": "Is the door open or shut? \ud83d\udeaa", "option_a": "Open", "option_b": "Shut", "shown_first": "a", "answer": "cannot_tell", "comment": "", "seconds": 3.5, "at": "2026-11-25T19:02:20.419742Z", "id": 1}, "version": 2, "before": {"state": "complete"}, "after": {"state": "complete"}}');
CREATE TABLE guideline_example (
	pair_id INTEGER NOT NULL, 
	is_good BOOLEAN NOT NULL, 
	why VARCHAR NOT NULL, 
	annotator_id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_guideline_example PRIMARY KEY (pair_id), 
	CONSTRAINT ck_guideline_example_why CHECK (length(trim(why)) > 0), 
	CONSTRAINT fk_guideline_example_annotator_id FOREIGN KEY(annotator_id) REFERENCES annotator (id), 
	CONSTRAINT fk_guideline_example_pair_id FOREIGN KEY(pair_id) REFERENCES candidate_pair (id)
);
CREATE TABLE guidelines (
	version INTEGER NOT NULL, 
	text VARCHAR NOT NULL, 
	restores INTEGER, 
	annotator_id INTEGER, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_guidelines PRIMARY KEY (version), 
	CONSTRAINT ck_guidelines_version CHECK (version > 0), 
	CONSTRAINT fk_guidelines_annotator_id FOREIGN KEY(annotator_id) REFERENCES annotator (id)
);
CREATE TABLE image (
	id INTEGER NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	width INTEGER NOT NULL, 
	height INTEGER NOT NULL, 
	format VARCHAR NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	perceptual_hash VARCHAR NOT NULL, 
	caption VARCHAR, 
	label VARCHAR, 
	"group" VARCHAR, 
	extra JSON NOT NULL, 
	CONSTRAINT pk_image PRIMARY KEY (id), 
	CONSTRAINT ck_image_perceptual_hash CHECK (length(perceptual_hash) = 16), 
	CONSTRAINT ck_image_sha256 CHECK (length(sha256) = 64), 
	CONSTRAINT ck_image_size CHECK (width > 0 AND height > 0), 
	CONSTRAINT uq_image_sha256 UNIQUE (sha256)
);
INSERT INTO "image" VALUES(1,'0000000000000000000000000000000000000000000000000000000000000000',40,30,'PNG',100,'ffffffffffffffff',NULL,NULL,NULL,'{"angle": "low"}');
INSERT INTO "image" VALUES(2,'0000000000000000000000000000000000000000000000000000000000000001',40,30,'PNG',101,'fffffffffffffffe','a caption',NULL,NULL,'{"angle": "low"}');
INSERT INTO "image" VALUES(3,'0000000000000000000000000000000000000000000000000000000000000002',40,30,'PNG',102,'fffffffffffffffd','a caption',NULL,NULL,'{"angle": "low"}');
INSERT INTO "image" VALUES(4,'0000000000000000000000000000000000000000000000000000000000000003',40,30,'PNG',103,'fffffffffffffffc',NULL,NULL,NULL,'{}');
CREATE TABLE image_path (
	id INTEGER NOT NULL, 
	image_id INTEGER NOT NULL, 
	path VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	mtime_ns BIGINT NOT NULL, 
	present BOOLEAN NOT NULL, 
	CONSTRAINT pk_image_path PRIMARY KEY (id), 
	CONSTRAINT fk_image_path_image_id FOREIGN KEY(image_id) REFERENCES image (id), 
	CONSTRAINT uq_image_path_path UNIQUE (path)
);
INSERT INTO "image_path" VALUES(1,1,'/photos/0.png','/photos',100,1700000000000000000,1);
INSERT INTO "image_path" VALUES(2,2,'/photos/1.png','/photos',101,1700000000000000001,1);
INSERT INTO "image_path" VALUES(3,3,'/photos/2.png','/photos',102,1700000000000000002,1);
INSERT INTO "image_path" VALUES(4,4,'/photos/3.png','/photos',103,1700000000000000003,0);
CREATE TABLE imported_benchmark (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	annotator_id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	format VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	kept_as VARCHAR NOT NULL, 
	folder VARCHAR, 
	document JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_imported_benchmark PRIMARY KEY (id), 
	CONSTRAINT ck_imported_benchmark_name CHECK (length(trim(name)) > 0), 
	CONSTRAINT ck_imported_benchmark_digest CHECK (length(digest) = 64), 
	CONSTRAINT ck_imported_benchmark_kept_as CHECK (kept_as IN ('complete', 'to-verify', 'open')), 
	CONSTRAINT fk_imported_benchmark_run_id FOREIGN KEY(run_id) REFERENCES mining_run (id), 
	CONSTRAINT fk_imported_benchmark_annotator_id FOREIGN KEY(annotator_id) REFERENCES annotator (id), 
	CONSTRAINT uq_imported_benchmark_name UNIQUE (name), 
	CONSTRAINT uq_imported_benchmark_digest UNIQUE (digest)
);
CREATE TABLE imported_pair (
	pair_id INTEGER NOT NULL, 
	import_id INTEGER NOT NULL, 
	number BIGINT NOT NULL, 
	first_row BIGINT NOT NULL, 
	second_row BIGINT NOT NULL, 
	is_flipped BOOLEAN NOT NULL, 
	entry JSON NOT NULL, 
	CONSTRAINT pk_imported_pair PRIMARY KEY (pair_id), 
	CONSTRAINT ck_imported_pair_rows CHECK (first_row >= 1 AND second_row >= 1), 
	CONSTRAINT fk_imported_pair_pair_id FOREIGN KEY(pair_id) REFERENCES candidate_pair (id), 
	CONSTRAINT fk_imported_pair_import_id FOREIGN KEY(import_id) REFERENCES imported_benchmark (id), 
	CONSTRAINT uq_imported_pair_import_id_number UNIQUE (import_id, number)
);
CREATE TABLE lease (
	pair_id INTEGER NOT NULL, 
	annotator_id INTEGER NOT NULL, 
	slot INTEGER, 
	token VARCHAR NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_lease PRIMARY KEY (pair_id, annotator_id), 
	CONSTRAINT ck_lease_slot CHECK (slot >= 0), 
	CONSTRAINT fk_lease_pair_id FOREIGN KEY(pair_id) REFERENCES candidate_pair (id), 
	CONSTRAINT fk_lease_annotator_id FOREIGN KEY(annotator_id) REFERENCES annotator (id), 
	CONSTRAINT uq_lease_pair_id_slot UNIQUE (pair_id, slot)
);
INSERT INTO "lease" VALUES(3,2,0,'5e1f','2026-11-24 03:05:00.000000');
CREATE TABLE login_attempt (
	"key" VARCHAR NOT NULL, 
	failures INTEGER NOT NULL, 
	last_at DATETIME NOT NULL, 
	CONSTRAINT pk_login_attempt PRIMARY KEY ("key"), 
	CONSTRAINT ck_login_attempt_failures CHECK (failures >= 0)
);
CREATE TABLE "mining_run" (
	id INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	kind VARCHAR NOT NULL, 
	blind_encoder_id INTEGER, 
	reference_encoder_id INTEGER, 
	blind_min FLOAT, 
	reference_max FLOAT, 
	n_images INTEGER NOT NULL, 
	n_compared BIGINT NOT NULL, 
	n_over_thresholds BIGINT NOT NULL, 
	n_pairs INTEGER NOT NULL, 
	n_ordered INTEGER, 
	options JSON NOT NULL, 
	CONSTRAINT pk_mining_run PRIMARY KEY (id), 
	CONSTRAINT ck_mining_run_blind_min CHECK (blind_min BETWEEN -1 AND 1), 
	CONSTRAINT ck_mining_run_reference_max CHECK (reference_max BETWEEN -1 AND 1), 
	CONSTRAINT ck_mining_run_kind CHECK (kind IN ('mined', 'pairs', 'written', 'benchmark')), 
	CONSTRAINT ck_mining_run_mined CHECK (kind <> 'mined' OR (blind_encoder_id IS NOT NULL AND reference_encoder_id IS NOT NULL AND blind_min IS NOT NULL AND reference_max IS NOT NULL)), 
	CONSTRAINT fk_mining_run_blind_encoder_id FOREIGN KEY(blind_encoder_id) REFERENCES encoder (id), 
	CONSTRAINT fk_mining_run_reference_encoder_id FOREIGN KEY(reference_encoder_id) REFERENCES encoder (id)
);
INSERT INTO "mining_run" VALUES(1,'2026-11-24 02:30:10.540660','mined',1,2,0.95,0.6,4,6,3,3,NULL,'{"limit": null}');
CREATE TABLE pattern_tag (
	pair_id INTEGER NOT NULL, 
	said VARCHAR NOT NULL, 
	slug VARCHAR NOT NULL, 
	confidence FLOAT NOT NULL, 
	found_by VARCHAR NOT NULL, 
	annotator_id INTEGER, 
	tagged_at DATETIME NOT NULL, 
	CONSTRAINT pk_pattern_tag PRIMARY KEY (pair_id), 
	CONSTRAINT ck_pattern_tag_confidence CHECK (confidence BETWEEN 0 AND 1), 
	CONSTRAINT ck_pattern_tag_slug CHECK (length(trim(slug)) > 0), 
	CONSTRAINT ck_pattern_tag_said CHECK (length(trim(said)) > 0), 
	CONSTRAINT fk_pattern_tag_pair_id FOREIGN KEY(pair_id) REFERENCES candidate_pair (id), 
	CONSTRAINT fk_pattern_tag_annotator_id FOREIGN KEY(annotator_id) REFERENCES annotator (id)
);
CREATE TABLE problem (
	id INTEGER NOT NULL, 
	pair_id INTEGER NOT NULL, 
	annotator_id INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	words VARCHAR NOT NULL, 
	seen_on VARCHAR NOT NULL, 
	side VARCHAR, 
	question JSON NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_problem PRIMARY KEY (id), 
	CONSTRAINT ck_problem_kind CHECK (kind IN ('wrong_key', 'ambiguous', 'both_right', 'image', 'wording', 'other')), 
	CONSTRAINT ck_problem_words CHECK (length(trim(words)) > 0), 
	CONSTRAINT ck_problem_side CHECK (side IN ('first', 'second')), 
	CONSTRAINT fk_problem_annotator_id FOREIGN KEY(annotator_id) REFERENCES annotator (id), 
	CONSTRAINT fk_problem_pair_id FOREIGN KEY(pair_id) REFERENCES candidate_pair (id)
);
CREATE TABLE problem_resolution (
	id INTEGER NOT NULL, 
	problem_id INTEGER NOT NULL, 
	annotator_id INTEGER NOT NULL, 
	outcome VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	event_id INTEGER NOT NULL, 
	"before" JSON NOT NULL, 
	"after" JSON NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_problem_resolution PRIMARY KEY (id), 
	CONSTRAINT ck_problem_resolution_outcome CHECK (outcome IN ('fixed', 'no_fault')), 
	CONSTRAINT ck_problem_resolution_reason CHECK (length(trim(reason)) > 0), 
	CONSTRAINT fk_problem_resolution_annotator_id FOREIGN KEY(annotator_id) REFERENCES annotator (id), 
	CONSTRAINT fk_problem_resolution_event_id FOREIGN KEY(event_id) REFERENCES event (id), 
	CONSTRAINT fk_problem_resolution_problem_id FOREIGN KEY(problem_id) REFERENCES problem (id)
);
CREATE TABLE queue_filter (
	annotator_id INTEGER NOT NULL, 
	selection_id INTEGER NOT NULL, 
	CONSTRAINT pk_queue_filter PRIMARY KEY (annotator_id), 
	CONSTRAINT fk_queue_filter_annotator_id FOREIGN KEY(annotator_id) REFERENCES annotator (id), 
	CONSTRAINT fk_queue_filter_selection_id FOREIGN KEY(selection_id) REFERENCES selection (id)
);
INSERT INTO "queue_filter" VALUES(4,1);
CREATE TABLE queue_policy (
	id INTEGER NOT NULL, 
	overlap INTEGER NOT NULL, 
	ordering VARCHAR NOT NULL, 
	quota INTEGER, 
	quotas JSON NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_queue_policy PRIMARY KEY (id), 
	CONSTRAINT ck_queue_policy_one_row CHECK (id = 1), 
	CONSTRAINT ck_queue_policy_overlap CHECK (overlap >= 1), 
	CONSTRAINT ck_queue_policy_ordering CHECK (ordering IN ('gap', 'novelty', 'short')), 
	CONSTRAINT ck_queue_policy_quota CHECK (quota >= 0)
);
INSERT INTO "queue_policy" VALUES(1,1,'novelty',15,'{"state": 20}','2026-11-24 03:00:00.000000');
CREATE TABLE selection (
	id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	created_by INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_selection PRIMARY KEY (id), 
	CONSTRAINT ck_selection_name CHECK (length(trim(name)) > 0), 
	CONSTRAINT fk_selection_created_by FOREIGN KEY(created_by) REFERENCES annotator (id), 
	CONSTRAINT uq_selection_name UNIQUE (name)
);
INSERT INTO "selection" VALUES(1,'Doors',4,'2026-11-24 03:00:00.000000');
CREATE TABLE selection_pair (
	selection_id INTEGER NOT NULL, 
	pair_id INTEGER NOT NULL, 
	CONSTRAINT pk_selection_pair PRIMARY KEY (selection_id, pair_id), 
	CONSTRAINT fk_selection_pair_selection_id FOREIGN KEY(selection_id) REFERENCES selection (id), 
	CONSTRAINT fk_selection_pair_pair_id FOREIGN KEY(pair_id) REFERENCES candidate_pair (id)
);
INSERT INTO "selection_pair" VALUES(1,1);
INSERT INTO "selection_pair" VALUES(1,3);
CREATE TABLE suggestion (
	id INTEGER NOT NULL, 
	pair_id INTEGER NOT NULL, 
	annotator_id INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	fields JSON NOT NULL, 
	shown_at DATETIME NOT NULL, 
	outcome VARCHAR, 
	saved BOOLEAN NOT NULL, 
	settled_at DATETIME, 
	CONSTRAINT pk_suggestion PRIMARY KEY (id), 
	CONSTRAINT ck_suggestion_kind CHECK (kind IN ('question', 'pattern')), 
	CONSTRAINT ck_suggestion_outcome CHECK (outcome IN ('accepted', 'edited', 'dismissed')), 
	CONSTRAINT ck_suggestion_settled CHECK ((outcome IS NULL) = (settled_at IS NULL)), 
	CONSTRAINT fk_suggestion_annotator_id FOREIGN KEY(annotator_id) REFERENCES annotator (id), 
	CONSTRAINT fk_suggestion_pair_id FOREIGN KEY(pair_id) REFERENCES candidate_pair (id)
);
INSERT INTO "suggestion" VALUES(1,1,1,'pattern','the words','{"pattern": "state"}','2026-02-01 09:00:00.000000','accepted',1,'2026-02-01 09:01:00.000000');
CREATE TABLE token (
	id INTEGER NOT NULL, 
	annotator_id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	last_used_at DATETIME, 
	revoked_at DATETIME, expires_at DATETIME, 
	CONSTRAINT pk_token PRIMARY KEY (id), 
	CONSTRAINT ck_token_digest CHECK (length(digest) = 64), 
	CONSTRAINT ck_token_name CHECK (length(trim(name)) > 0), 
	CONSTRAINT fk_token_annotator_id FOREIGN KEY(annotator_id) REFERENCES annotator (id), 
	CONSTRAINT uq_token_digest UNIQUE (digest)
);
INSERT INTO "token" VALUES(1,4,'nightly','0000000000000000000000000000000000000000000000000000000000000000','2026-11-25 18:35:26.754118',NULL,NULL,'2030-01-01 00:00:00.000000');
CREATE TABLE verification (
	id INTEGER NOT NULL, 
	pair_id INTEGER NOT NULL, 
	side VARCHAR NOT NULL, 
	annotator_id INTEGER NOT NULL, 
	text_digest VARCHAR NOT NULL, 
	question VARCHAR NOT NULL, 
	option_a VARCHAR NOT NULL, 
	option_b VARCHAR NOT NULL, 
	shown_first VARCHAR NOT NULL, 
	answer VARCHAR NOT NULL, 
	comment VARCHAR NOT NULL, 
	seconds FLOAT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_verification PRIMARY KEY (id), 
	CONSTRAINT ck_verification_side CHECK (side IN ('first', 'second')), 
	CONSTRAINT ck_verification_answer CHECK (answer IN ('a', 'b', 'cannot_tell', 'bad_question')), 
	CONSTRAINT ck_verification_shown_first CHECK (shown_first IN ('a', 'b')), 
	CONSTRAINT ck_verification_seconds CHECK (seconds >= 0), 
	CONSTRAINT fk_verification_annotator_id FOREIGN KEY(annotator_id) REFERENCES annotator (id), 
	CONSTRAINT fk_verification_pair_id FOREIGN KEY(pair_id) REFERENCES candidate_pair (id), 
	CONSTRAINT uq_verification_asked_once UNIQUE (annotator_id, pair_id, side, text_digest)
);
INSERT INTO "verification" VALUES(1,1,'first',2,'487cf238156a57a631adf2447c08a4a5','Is the door open or shut? 🚪','Open','Shut','a','cannot_tell','',3.5,'2026-11-25 19:02:20.419742');
CREATE TABLE verification_lease (
	pair_id INTEGER NOT NULL, 
	side VARCHAR NOT NULL, 
	annotator_id INTEGER NOT NULL, 
	text_digest VARCHAR NOT NULL, 
	is_ahead BOOLEAN NOT NULL, 
	token VARCHAR NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_verification_lease PRIMARY KEY (pair_id, side, annotator_id), 
	CONSTRAINT ck_verification_lease_side CHECK (side IN ('first', 'second')), 
	CONSTRAINT fk_verification_lease_annotator_id FOREIGN KEY(annotator_id) REFERENCES annotator (id), 
	CONSTRAINT fk_verification_lease_pair_id FOREIGN KEY(pair_id) REFERENCES candidate_pair (id), 
	CONSTRAINT uq_verification_lease_annotator_id_is_ahead UNIQUE (annotator_id, is_ahead), 
	CONSTRAINT uq_verification_lease_token UNIQUE (token)
);
INSERT INTO "verification_lease" VALUES(1,'second',1,'487cf238156a57a631adf2447c08a4a5',0,'tEUa-QGIOIgvqLNV','2026-11-25 19:12:20.537124');
CREATE TABLE verification_policy (
	id INTEGER NOT NULL, 
	enabled BOOLEAN NOT NULL, 
	answers INTEGER NOT NULL, 
	agreements INTEGER NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_verification_policy PRIMARY KEY (id), 
	CONSTRAINT ck_verification_policy_one_row CHECK (id = 1), 
	CONSTRAINT ck_verification_policy_agreements CHECK (agreements BETWEEN 1 AND answers)
);
INSERT INTO "verification_policy" VALUES(1,1,2,2,'2026-11-25 19:02:19.934283');
CREATE TABLE visual_pattern (
	slug VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	folder VARCHAR NOT NULL, 
	definition VARCHAR NOT NULL, 
	example JSON NOT NULL, 
	merged_into VARCHAR, 
	counts_as VARCHAR NOT NULL, 
	retired_at DATETIME, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_visual_pattern PRIMARY KEY (slug), 
	CONSTRAINT ck_visual_pattern_slug CHECK (length(trim(slug)) > 0), 
	CONSTRAINT ck_visual_pattern_name CHECK (length(trim(name)) > 0), 
	CONSTRAINT ck_visual_pattern_merged_into CHECK (merged_into IS NULL OR merged_into <> slug), 
	CONSTRAINT ck_visual_pattern_one_end CHECK (merged_into IS NULL OR retired_at IS NULL), 
	CONSTRAINT fk_visual_pattern_merged_into FOREIGN KEY(merged_into) REFERENCES visual_pattern (slug)
);
CREATE INDEX ix_image_path_image_id_present_path ON image_path (image_id, present, path);
CREATE INDEX ix_annotation_annotator_id_decision_updated_at ON annotation (annotator_id, decision, updated_at);
CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
CREATE INDEX ix_event_annotator_id ON event (annotator_id);
CREATE INDEX ix_event_pair_id ON event (pair_id);
CREATE INDEX ix_annotation_pattern ON annotation (pattern);
CREATE INDEX ix_selection_pair_pair_id ON selection_pair (pair_id);
CREATE INDEX ix_queue_filter_selection_id ON queue_filter (selection_id);
CREATE INDEX ix_lease_annotator_id ON lease (annotator_id);
CREATE INDEX ix_lease_expires_at ON lease (expires_at);
CREATE INDEX ix_token_annotator_id ON token (annotator_id);
CREATE INDEX ix_login_attempt_last_at ON login_attempt (last_at);
CREATE INDEX ix_ended_session_expires_at ON ended_session (expires_at);
CREATE INDEX ix_verification_pair_id ON verification (pair_id);
CREATE INDEX ix_verification_lease_expires_at ON verification_lease (expires_at);
CREATE INDEX ix_visual_pattern_counts_as ON visual_pattern (counts_as);
CREATE INDEX ix_problem_pair_id ON problem (pair_id);
CREATE INDEX ix_problem_resolution_problem_id ON problem_resolution (problem_id);
CREATE TRIGGER guidelines_no_update BEFORE UPDATE ON guidelines BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
CREATE TRIGGER guidelines_no_delete BEFORE DELETE ON guidelines BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
CREATE TRIGGER problem_no_update BEFORE UPDATE ON problem BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
CREATE TRIGGER problem_no_delete BEFORE DELETE ON problem BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
CREATE TRIGGER problem_resolution_no_update BEFORE UPDATE ON problem_resolution BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
CREATE TRIGGER problem_resolution_no_delete BEFORE DELETE ON problem_resolution BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
CREATE INDEX ix_suggestion_pair_id_annotator_id ON suggestion (pair_id, annotator_id);
CREATE INDEX ix_candidate_pair_queue ON candidate_pair (run_id, rank) WHERE state IN ('unreviewed', 'skipped', 'partial');
CREATE INDEX ix_candidate_pair_novelty ON candidate_pair (run_id, novelty_rank) WHERE state IN ('unreviewed', 'skipped', 'partial');
CREATE INDEX ix_candidate_pair_likely ON candidate_pair (run_id, likely_pattern, rank) WHERE state IN ('unreviewed', 'skipped', 'partial');
CREATE INDEX ix_candidate_pair_run_id_state ON candidate_pair (run_id, state);
CREATE INDEX ix_candidate_pair_second_image_id ON candidate_pair (second_image_id);
CREATE INDEX ix_candidate_pair_state_decided_by ON candidate_pair (state, decided_by);
CREATE INDEX ix_pattern_tag_slug ON pattern_tag (slug);
COMMIT;
