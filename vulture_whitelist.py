"""Names that frameworks call or read, for vulture."""

from typing import Any

_: Any = None

# psycopg: attributes of connections and cursors.
_.autocommit
_.isolation_level
_.itersize
_.read_only

# io: methods of raw and buffered streams.
_.readinto
_.writable

# html.parser and pyexpat: handlers.
_.handle_data
_.handle_endtag
_.handle_starttag
_.buffer_text
_.CharacterDataHandler
_.DefaultHandlerExpand
_.EndElementHandler
_.StartDoctypeDeclHandler
_.StartElementHandler

# Dagster and dagster-dbt: methods of IO managers and of the translator.
_.get_description
_.get_partition_mapping
_.get_tags
_.handle_output
_.load_input

# httpx, logging, decimal, pydantic-settings and SQLAlchemy.
_.get_col_spec
_.msg
_.prec
_.raw_headers
_.settings_customise_sources

# SQLAlchemy: declared tables, which the metadata collect.
_.Branch
_.ChangeJournal
_.Loan
_.LoanPayment
_.Merchant
_.Outbox
_.Product
_.RegulatoryReport
_.RiskAssessment

# Names in annotations, which are strings.
_.AbstractFileSystem
_.EventDict
_.KinesisClient
_.WrappedLogger

# Tables of the simulated bank, read by their names.
_.campaign_responses
_.competitor_offers
_.country_indicators
_.credit_applications
_.credit_protection
_.customer_interactions
_.demographics
_.development_operations
_.economic_indicators
_.fraud_alerts
_.ledger_balances
_.marketing_campaigns
_.operational_losses
_.standardised_exposures
_.subsidiary_capital
