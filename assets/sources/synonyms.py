"""Names under which companies keep what the canonical columns hold, for `loyalty init` to guess from."""

from __future__ import annotations

import re

SYNONYMS: dict[str, tuple[str, ...]] = {
    "customer_id": ("customer", "customer_unique_id", "client_id", "client", "account_id", "account", "user_id",
                    "member_id", "customer_no", "customer_number", "buyer_id"),
    "segment": ("customer_segment", "customer_type", "tier_name", "industry", "customer_group", "class"),
    "region": ("country", "state", "customer_state", "market", "area", "territory"),
    "do_not_contact": ("opt_out", "unsubscribed", "no_marketing"),
    "product_id": ("product", "sku", "stock_code", "item_id", "article", "article_id", "product_code", "item"),
    "name": ("title", "product_name", "description", "event_name", "campaign"),
    "category_path": ("category", "product_category", "product_category_name", "department"),
    "list_price": ("price", "unit_price", "rrp"),
    "brand": ("manufacturer", "make"),
    "order_id": ("order", "order_no", "order_number", "invoice", "invoice_no", "invoice_id", "transaction_id",
                 "receipt_id", "sale_id"),
    "ordered_at": ("order_date", "invoice_date", "order_purchase_timestamp", "purchased_at", "purchase_date",
                   "order_time", "transaction_date", "sold_at", "created_at", "date"),
    "status": ("order_status", "state"),
    "currency": ("currency_code",),
    "channel": ("sales_channel", "source", "platform", "order_channel", "contact_channel"),
    "employee_id": ("employee", "agent_id", "salesperson_id", "seller", "clerk_id"),
    "location_id": ("store_id", "shop_id", "branch_id", "location", "store"),
    "line_no": ("order_item_id", "line_number", "line", "item_no", "position"),
    "quantity": ("qty", "units", "amount_of_units", "count"),
    "net_amount": ("amount", "line_total", "total", "net", "revenue", "sales", "price", "line_amount", "subtotal"),
    "unit_cost": ("cost", "cost_price"),
    "is_return": ("returned", "refund"),
    "contract_id": ("subscription_id", "contract", "agreement_id", "subscription"),
    "term_no": ("term", "term_number"),
    "plan_id": ("plan", "plan_tier", "plan_name", "tariff", "package"),
    "billing_period": ("billing_frequency", "billing_cycle", "interval", "period"),
    "recurring_amount": ("mrr", "mrr_amount", "monthly_amount", "recurring_revenue", "fee", "price", "amount"),
    "started_on": ("start_date", "started_at", "starts_at", "valid_from", "begin_date"),
    "ended_on": ("end_date", "ended_at", "valid_to", "expires_at"),
    "cancelled_on": ("cancelled_at", "canceled_at", "cancel_date", "cancellation_date"),
    "is_trial": ("trial",),
    "response_id": ("review_id", "answer_id", "ticket_id", "submission_id", "respondent_id"),
    "survey_id": ("survey", "form_id", "questionnaire_id"),
    "question_id": ("question", "item"),
    "answered_at": ("submitted_at", "response_date", "review_answer_timestamp", "review_creation_date", "completed_at",
                    "created_at", "closed_at", "date", "timestamp"),
    "score": ("rating", "review_score", "satisfaction_score", "answer", "nps", "nps_score", "value"),
    "reason_code": ("reason", "feedback_code"),
    "invitation_id": ("invite_id",),
    "sent_at": ("invited_at", "sent_on"),
    "shipment_id": ("delivery_id", "parcel_id"),
    "shipped_on": ("shipped_at", "ship_date", "dispatch_date"),
    "shipped_quantity": ("quantity", "qty", "units"),
    "defective_quantity": ("defects", "defective"),
    "promised_on": ("promised_date", "estimated_delivery_date", "due_date"),
    "delivered_on": ("delivered_at", "delivery_date"),
    "request_id": ("ticket_id", "case_id", "ticket"),
    "topic": ("subject", "category", "priority", "issue_type"),
    "opened_at": ("submitted_at", "created_at", "opened_on"),
    "resolved_at": ("closed_at", "solved_at"),
    "event_id": ("usage_id", "session_id"),
    "occurred_at": ("usage_date", "event_time", "event_date", "timestamp"),
    "event_type": ("feature_name", "action", "event_name", "event"),
    "duration_minutes": ("minutes", "duration"),
    "rate_on": ("rate_date", "date"),
    "rate": ("fx_rate", "exchange_rate"),
}  # fmt: skip

FILE_WORDS: dict[str, tuple[str, ...]] = {
    "customers": ("customer", "client", "account", "member", "user"),
    "products": ("product", "item", "article", "catalog"),
    "orders": ("order", "invoice", "sale", "transaction", "retail"),
    "order_lines": ("line", "item", "order", "invoice", "sale", "retail"),
    "contracts": ("contract", "subscription", "agreement"),
    "survey_questions": ("question",),
    "survey_responses": ("survey", "review", "response", "satisfaction", "nps", "rating"),
    "survey_invitations": ("invitation",),
    "shipments": ("shipment", "deliver"),
    "support_requests": ("ticket", "support", "request", "case"),
    "competitor_prices": ("competitor",),
    "usage_events": ("usage", "session", "activity"),
    "retention_costs": ("cost",),
    "fx_rates": ("fx", "rate", "exchange"),
    "business_events": ("campaign", "event"),
    "unit_drivers": ("driver",),
}
"""Parts of a file's or table's name that speak for an entity."""


def plain_name(name: str) -> str:
    """A column's name in lower case with underscores: `InvoiceDate` and `Invoice Date` are both invoice_date."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", split.lower()).strip("_")
