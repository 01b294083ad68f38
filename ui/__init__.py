"""Command line, REST and Streamlit."""
