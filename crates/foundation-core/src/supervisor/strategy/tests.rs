mod oracle;
mod schedules;
