from finplatform.contracts.contract import Contract
RISK_REPORTS: dict[str, Contract] = {}
