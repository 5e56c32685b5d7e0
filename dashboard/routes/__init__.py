"""What the dashboard answers besides its pages: log in and out, clips, signs of life. Plain HTTP, no script."""
