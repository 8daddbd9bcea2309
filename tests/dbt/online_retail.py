"""The real invoices of Online Retail II as entity frames, prepared as those who published numbers from them did."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "online_retail" / "online_retail_2009_2010.parquet"
NO_PRODUCTS = ["POST", "C2", "M", "BANK CHARGES", "TEST001", "TEST002", "PADS", "ADJUST", "D", "ADJUST2"]


def notebook_lines() -> pd.DataFrame:
    """The invoice lines of the published monthly cohorts: priced sales of products, exact duplicates dropped."""
    lines = _known_sales()
    lines = lines[(lines["Price"] > 0) & ~lines["StockCode"].isin(NO_PRODUCTS)]
    return lines.drop_duplicates()


def report_lines() -> pd.DataFrame:
    """The invoice lines of the published cohort report: all sales to known customers, a price of 0 kept."""
    return _known_sales()


def _known_sales() -> pd.DataFrame:
    lines = pd.read_parquet(DATA)
    lines["InvoiceDate"] = pd.to_datetime(lines["InvoiceDate"])
    return lines[lines["Customer ID"].notna() & (lines["Quantity"] > 0)]


def as_entities(lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Orders and order lines from invoice lines; an invoice's time is that of its first line."""
    lines = pd.DataFrame(
        {
            "order_id": lines["Invoice"],
            "customer_id": lines["Customer ID"].astype(int).astype(str),
            "ordered_at": lines["InvoiceDate"],
            "product_id": lines["StockCode"],
            "quantity": lines["Quantity"],
            "net_amount": (lines["Quantity"] * lines["Price"]).round(4),
        }
    )
    orders = lines.groupby("order_id", as_index=False).agg(
        customer_id=("customer_id", "first"), ordered_at=("ordered_at", "min")
    )
    orders["business_day"] = orders["ordered_at"].dt.normalize()
    orders["status"] = "completed"
    order_lines = lines.merge(orders[["order_id", "business_day"]], on="order_id")
    order_lines["line_no"] = order_lines.groupby("order_id").cumcount() + 1
    return {
        "orders": orders,
        "order_lines": order_lines[["order_id", "line_no", "product_id", "quantity", "net_amount", "business_day"]],
    }
