"""DDL of the tables of anti-money-laundering work: cases, decisions, reports, registers, rules.

Commands and the API write them; assets do not. Constraints refuse a second decision of a case, a
decision by its proposer, and changes of recorded events. Does not belong here: tables of assets
(`finplatform.contracts.laundering`), and the steps of a case (`finplatform.compliance.aml.cases`).
"""

from collections.abc import Mapping

RULE_CHANGES = """
    select name, value::text, valid_from from compliance.aml_rule_changes
    where approved_at is not null order by valid_from, approved_at
"""
"""Query of the changes of rules in force, in their order."""

_ONLY_GROWS = """
            create trigger only_grows
            before update or delete or truncate on {table}
            for each statement execute function audit.refuse_change();
"""

CASE_TABLES = (
    "aml_cases", "aml_case_alerts", "aml_case_transactions", "aml_case_events",
    "aml_case_decisions",
)  # fmt: skip
"""Tables of cases, without reports."""

LAUNDERING_TABLES: Mapping[str, str] = {
    "compliance.aml_cases": """
        create table compliance.aml_cases (
            case_id text primary key,
            customer_id text not null,
            status text not null
                check (status in ('OPEN', 'ESCALATED', 'PROPOSED', 'CLOSED')),
            queue text not null,
            assigned_to text,
            detected_date date not null,
            has_suspect boolean not null default true,
            due_date date not null,
            snoozed_until date,
            opened_at timestamptz not null default now(),
            opened_by text not null,
            changed_at timestamptz not null default now()
        )""",
    # At most one case of a customer is open: a new alert joins it.
    "compliance.aml_cases_open": """
        create unique index aml_cases_open on compliance.aml_cases (customer_id)
        where status <> 'CLOSED'""",
    "compliance.aml_case_alerts": """
        create table compliance.aml_case_alerts (
            alert_id text primary key,
            case_id text not null references compliance.aml_cases (case_id),
            customer_id text not null,
            typology text not null,
            alert_date date not null,
            score smallint not null,
            amount_usd numeric(18,2) not null,
            reason text not null,
            added_at timestamptz not null default now()
        )""",
    # Copies from the time of the assignment to the case, independent of later runs.
    "compliance.aml_case_transactions": """
        create table compliance.aml_case_transactions (
            case_id text not null references compliance.aml_cases (case_id),
            transaction_id text not null,
            customer_id text not null,
            account_id text not null,
            transaction_at timestamptz not null,
            amount_usd numeric(18,2) not null,
            direction smallint not null,
            kind text not null,
            is_subject boolean not null,
            primary key (case_id, transaction_id)
        )""",
    "compliance.aml_case_events": f"""
        do $create$ begin
            create table compliance.aml_case_events (
                event_number bigint generated always as identity primary key,
                case_id text not null references compliance.aml_cases (case_id),
                action text not null,
                actor text not null,
                role text not null,
                reason text not null check (reason <> ''),
                detail jsonb not null default '{{}}',
                noted_at timestamptz not null default now()
            );
            {_ONLY_GROWS.format(table="compliance.aml_case_events")}
        end $create$""",
    "compliance.aml_case_events_case": """
        create index aml_case_events_case on compliance.aml_case_events (case_id)""",
    "compliance.aml_case_decisions": f"""
        do $create$ begin
            create table compliance.aml_case_decisions (
                case_id text primary key references compliance.aml_cases (case_id),
                decision text not null
                    check (decision in ('REPORT', 'NO_REPORT', 'FALSE_POSITIVE')),
                proposed_by text not null,
                proposed_at timestamptz not null,
                decided_by text not null,
                decided_at timestamptz not null default now(),
                reason text not null check (reason <> ''),
                check (decided_by <> proposed_by)
            );
            {_ONLY_GROWS.format(table="compliance.aml_case_decisions")}
        end $create$""",
    "compliance.suspicious_activity_reports": """
        create table compliance.suspicious_activity_reports (
            report_id text primary key,
            case_id text not null references compliance.aml_cases (case_id),
            customer_id text not null,
            filing_type text not null check (filing_type in ('INITIAL', 'CONTINUING')),
            prior_report_id text references compliance.suspicious_activity_reports (report_id),
            activity_from date not null,
            activity_to date not null,
            amount_usd numeric(18,2) not null,
            typologies text not null,
            narrative text not null,
            due_date date not null,
            review_date date not null,
            drafted_by text not null,
            drafted_at timestamptz not null default now(),
            filed_at timestamptz,
            filed_by text,
            bsa_id text,
            unique (case_id)
        )""",
    "compliance.account_holders": """
        create table compliance.account_holders (
            account_id text not null,
            customer_id text not null,
            valid_from date not null,
            valid_to date check (valid_to >= valid_from),
            noted_by text not null,
            noted_at timestamptz not null default now(),
            primary key (account_id, customer_id, valid_from)
        )""",
    "compliance.ctr_exemptions": """
        create table compliance.ctr_exemptions (
            customer_id text not null,
            valid_from date not null,
            valid_to date check (valid_to >= valid_from),
            paragraph text not null,
            reason text not null check (reason <> ''),
            proposed_by text not null,
            proposed_at timestamptz not null default now(),
            approved_by text,
            approved_at timestamptz,
            primary key (customer_id, valid_from),
            check (approved_by <> proposed_by)
        )""",
    "compliance.aml_rule_changes": """
        create table compliance.aml_rule_changes (
            change_id bigint generated always as identity primary key,
            name text not null,
            value numeric not null,
            valid_from date not null,
            reason text not null check (reason <> ''),
            proposed_by text not null,
            proposed_at timestamptz not null default now(),
            history_from date not null,
            history_to date not null,
            alerts_before integer not null,
            alerts_after integer not null,
            alerts_lost integer not null,
            alerts_new integer not null,
            reported_lost integer not null,
            approved_by text,
            approved_at timestamptz,
            check (approved_by <> proposed_by)
        )""",
}
"""Statements by the object's name."""
