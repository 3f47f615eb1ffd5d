"""What has been transcribed: records, each a recording with the results of machines."""
