"""A web shop's events, from the stream to sessions, funnels, retention and revenue."""

from jobs.daily_revenue import daily_revenue
from jobs.product_performance import product_performance
from jobs.purchase_funnel import purchase_funnel
from jobs.storefront_day import storefront_day
from jobs.storefront_sessions import storefront_sessions
from jobs.visitor_days import visitor_days
from jobs.visitors import visitors
from jobs.weekly_retention import weekly_retention
from tidegate.flow import Flow, clean, land, reference

flow = Flow(
    source="storefront",
    stages=[
        land("raw.storefront"),
        reference("clean.exchange_rates"),
        reference("clean.catalogue"),
        clean("clean.storefront_events"),
        storefront_sessions,
        visitor_days,
        visitors,
        storefront_day,
        purchase_funnel,
        weekly_retention,
        daily_revenue,
        product_performance,
    ],
)
